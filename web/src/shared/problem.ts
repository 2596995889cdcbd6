/** The ways in which a request can go wrong. */

/** A body of `application/problem+json` (RFC 9457), or what could be read of another one. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  correlation_id?: string;
  errors?: { field: string; message: string }[];
  [member: string]: unknown;
}

/** The API refused a request, and said why. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** Seconds to wait before another try, where the API said so. */
    readonly retryAfter: number | null,
  ) {
    super(problem.detail ?? problem.title ?? `The request was answered with ${status}.`);
  }
}

/** The API could not be reached, or answered with nothing that is its own. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** The credential is not accepted (any more), and no other one can be had. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
}
