package io.keycoord.sdk;

/** What went wrong, in one word. Operators see it in the causes of outcomes; callers never need it. */
public enum FaultClass {
    /** The provider says this key does not exist, is disabled or has expired. */
    KEY_INVALID,
    /** The provider says this key is known to strangers and closed. */
    KEY_LEAKED,
    /** The provider refused the credential without saying why. */
    AUTH,
    /** The credential did not reach the provider: a fault of this library or of its set-up. */
    CLIENT_BUG,
    /** What was set up at the provider does not allow this: address list, membership, region, deployment. */
    CONFIG,
    /** The provider closed the account. */
    ACCOUNT_DEAD,
    /** Refused without a reason that is known; may be a missing permission. */
    FORBIDDEN,
    /** An upstream provider refused a credential that is not ours to judge. */
    RELAYED_AUTH,
    /** An upstream provider's limit; nobody's key. */
    UPSTREAM_LIMIT,
    /** The account's rate limit. */
    RATE_LIMIT,
    /** The account's quota of the day. */
    DAY_QUOTA,
    /** The account's quota, of which it is not known when it is renewed. */
    QUOTA,
    /** The account has too many calls under way at the same time. */
    CONCURRENCY,
    /** The model or endpoint has no capacity; nobody's key. */
    CAPACITY,
    /** The account's traffic grew too fast. */
    RAMP,
    /** The account has no money left. */
    MONEY,
    /** Calls in flight hold the account's money; it comes back when they end. */
    MONEY_TRANSIENT,
    /** This one request costs more than the account has. */
    TOO_EXPENSIVE,
    /** This one request is larger than the account's limit. */
    TOO_LARGE,
    /** The key's own spending cap. */
    KEY_BUDGET,
    /** The spending cap of a project or workspace, to which the key belongs. */
    BUDGET,
    /** The account's spending within a moving window of minutes; it comes back by itself. */
    BUDGET_ROLLING,
    /** Moderation, guardrail, region: about the content or the place, never about the key. */
    POLICY,
    /** The key has no access to the model, or there is no such model. */
    MODEL_ACCESS,
    /** The request is wrong. */
    BAD_REQUEST,
    /** The request met another one that changes the same thing. */
    CONFLICT,
    /** The provider failed inside. */
    SERVER,
    /** The provider, or the endpoint behind it, is down or overloaded. */
    UNAVAILABLE,
    /** The provider gave up waiting for itself. */
    TIMEOUT,
    /** A page from the edge in front of the provider, not an answer of its API. */
    EDGE,
    /** The provider could not be reached; nothing was sent. */
    NETWORK,
    /** The connection failed after the request was sent; it may have been executed. */
    AMBIGUOUS,
    /** No answer in time; the request may have been executed. */
    AMBIGUOUS_TIMEOUT,
    /** The answer broke off after it had begun, or is none: no byte, no JSON, or a page for people. */
    STREAM_BROKEN,
    /** The answer stood still for too long after it had begun. */
    STREAM_STALLED,
    /** The caller cancelled the call or closed the answer early. */
    ABORTED
}
