/** A customer's question, after the one that it follows up: alone it could be about anything. */
export function Question({ of }: { of: { question: string; follows: string | null } }) {
  return (
    <>
      {of.follows && <span class="soft">{of.follows} → </span>}
      {of.question}
    </>
  );
}
