import { expect, test, vi } from "vitest";
import { SessionEnded } from "../../src/shared/problem";
import { Identity } from "../../src/widget/identity";
import { Memory } from "../../src/widget/memory";

const encode = (claims: object) => `x.${btoa(JSON.stringify(claims))}.x`;
const later = Math.floor(Date.now() / 1000) + 3600;
const token = (sub: string, exp = later) => encode({ sub, exp });

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}

test("a guest's conversation is kept for a week, and is nobody else's API's", () => {
  const kept = storage();
  new Memory("https://a", kept, () => 0).keep("fdg_1", "conv_1");
  expect(new Memory("https://a", kept, () => 1).conversationId).toBe("conv_1");
  expect(new Memory("https://b", kept, () => 1).conversationId).toBeNull();
  expect(new Memory("https://a", kept, () => 8 * 24 * 3600 * 1000).guestToken).toBeNull();
});

test("what is not ours in the storage is not believed", () => {
  const kept = storage();
  kept.setItem("frontdesk:self", "{nonsense");
  expect(new Memory("", kept).guestToken).toBeNull();
  expect(new Memory("", null).guestToken).toBeNull();
});

test("a guest has the token that was kept, and forgets one that is refused", async () => {
  const memory = new Memory("", storage());
  const guest = new Identity(memory, null);
  expect(await guest.token()).toBeNull();
  expect(guest.refused()).toBe(false);
  memory.keep("fdg_1", "conv_1");
  expect(await guest.token()).toBe("fdg_1");
  expect(guest.refused()).toBe(true);
  expect(await guest.token()).toBeNull();
});

test("a customer's token is asked for once while it lasts", async () => {
  const callback = vi.fn(() => token("david"));
  const david = new Identity(new Memory("", storage()), callback);
  expect(await david.token()).toBe(await david.token());
  expect(callback).toHaveBeenCalledTimes(1);
  expect(david.isCustomer).toBe(true);
});

test.each([
  ["is refused and comes again", () => token("david")],
  ["has ended", () => token("david", 1)],
])("a token that %s ends the session", async (_, callback) => {
  const david = new Identity(new Memory("", storage()), callback);
  if (callback() === token("david")) {
    await david.token();
    expect(david.refused()).toBe(true);
  }
  await expect(david.token()).rejects.toThrow(SessionEnded);
});

test("a customer who has left does not go on as a guest unawares", async () => {
  const tokens: (string | null)[] = [token("david"), null, null];
  const memory = new Memory("", storage());
  memory.keep("fdg_1", "conv_1");
  const changed = vi.fn();
  const david = new Identity(memory, () => tokens.shift() ?? null, changed);
  await david.token();
  david.refused();
  await expect(david.token()).rejects.toThrow(SessionEnded);
  expect(changed).not.toHaveBeenCalled();
  await david.renew();
  expect(changed).toHaveBeenCalledTimes(1);
  expect(await david.token()).toBe("fdg_1");
});

test("another customer takes nothing over", async () => {
  const tokens = [token("david"), token("emma")];
  const changed = vi.fn();
  const somebody = new Identity(new Memory("", storage()), () => tokens.shift() ?? null, changed);
  await somebody.token();
  await somebody.renew();
  expect(changed).toHaveBeenCalledTimes(1);
  expect(somebody.subject).toBe("emma");
});
