/**
 * What a guest's browser keeps from visit to visit: which conversation, and the token that opens it.
 *
 * Nothing of a signed-in customer is kept: theirs is found with their own credential, and the next
 * person at the same machine finds nothing.
 */

export interface Kept {
  guestToken: string;
  conversationId: string | null;
  /** Whether a person's reply is awaited. */
  awaits: boolean;
  at: number;
}

/** After this long, another person may sit at the machine. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export class Memory {
  private kept: Kept | null;
  private readonly name: string;

  constructor(
    api: string,
    private readonly storage: Storage | null = findStorage(),
    private readonly now: () => number = Date.now,
  ) {
    this.name = `frontdesk:${api || "self"}`;
    this.kept = this.read();
  }

  get guestToken(): string | null {
    return this.kept?.guestToken ?? null;
  }

  get conversationId(): string | null {
    return this.kept?.conversationId ?? null;
  }

  get awaitsReply(): boolean {
    return this.kept?.awaits ?? false;
  }

  keep(guestToken: string, conversationId: string | null): void {
    this.write({ guestToken, conversationId, awaits: false, at: this.now() });
  }

  /** Stays the same guest, with no conversation. */
  leave(): void {
    if (this.kept) this.keep(this.kept.guestToken, null);
  }

  await(awaits: boolean): void {
    if (this.kept && this.kept.awaits !== awaits) this.write({ ...this.kept, awaits });
  }

  private write(kept: Kept): void {
    this.kept = kept;
    try {
      this.storage?.setItem(this.name, JSON.stringify(this.kept));
    } catch {
      // Full, or forbidden: kept for as long as the page is.
    }
  }

  forget(): void {
    this.kept = null;
    try {
      this.storage?.removeItem(this.name);
    } catch {
      // Forbidden: nothing was written either.
    }
  }

  private read(): Kept | null {
    try {
      const kept = JSON.parse(this.storage?.getItem(this.name) ?? "null") as Kept | null;
      return kept && typeof kept.guestToken === "string" && this.now() - kept.at < KEPT_MS ? kept : null;
    } catch {
      return null;
    }
  }
}

function findStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // A browser that keeps nothing.
  }
}
