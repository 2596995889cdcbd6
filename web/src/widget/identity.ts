/** Who is talking: a guest, or a customer that the page has signed in. */
import type { Credential } from "../shared/api";
import { claimsOf, endsLater } from "../shared/oidc";
import { SessionEnded } from "../shared/problem";
import type { Memory } from "./memory";
import type { TokenCallback } from "./settings";

export class Identity implements Credential {
  private customerToken: string | null = null;
  private refusedToken: string | null = null;
  /** Whose the customer's token is; null for a guest. */
  subject: string | null = null;

  constructor(
    private readonly memory: Memory,
    private readonly callback: TokenCallback | null,
    /** Called when another person than before is talking. */
    private readonly onChange: () => void = () => {},
  ) {}

  get isCustomer(): boolean {
    return this.subject !== null;
  }

  async token(): Promise<string | null> {
    if (this.customerToken && endsLater(this.customerToken)) return this.customerToken;
    const token = await this.ask();
    if (token && (token === this.refusedToken || !endsLater(token))) {
      throw new SessionEnded("The page gave a token that has ended.");
    }
    // Who was signed in must not go on as a guest without noticing.
    if (!token && this.subject !== null) throw new SessionEnded("Nobody is signed in any more.");
    this.customerToken = token;
    return token ?? this.memory.guestToken;
  }

  refused(): boolean {
    if (this.customerToken) {
      this.refusedToken = this.customerToken;
      this.customerToken = null;
      return true;
    }
    if (!this.memory.guestToken) return false;
    this.memory.forget();
    return true;
  }

  /** Asks the page again who is signed in: somebody may have come or gone. */
  async renew(): Promise<void> {
    this.customerToken = null;
    this.refusedToken = null;
    const token = await this.ask();
    if (!token && this.subject !== null) this.become(null);
  }

  private async ask(): Promise<string | null> {
    const token = (await this.callback?.()) || null;
    if (token && endsLater(token)) this.become(claimsOf(token)?.sub ?? "unknown");
    return token;
  }

  private become(subject: string | null): void {
    if (subject === this.subject) return;
    const wasCustomer = this.subject !== null;
    this.subject = subject;
    // A guest who signs in takes the conversation along; nobody else takes anything over.
    if (wasCustomer) this.onChange();
  }
}
