package io.keycoord.sdk;

/** What went wrong, in one word. Operators see it in the causes of outcomes; callers never need it. */
public enum FaultClass {
    /** The provider says this key does not exist, is disabled or has expired. */
    KEY_INVALID,
    /** The provider refused the credential without saying why. */
    AUTH,
    /** The credential did not reach the provider: a fault of this library or of its set-up. */
    CLIENT_BUG,
    /** The key is not allowed from here: address list, membership. */
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
    /** Moderation, guardrail, region: about the content or the place, never about the key. */
    POLICY,
    /** The key has no access to the model, or there is no such model. */
    MODEL_ACCESS,
    /** The request is wrong. */
    BAD_REQUEST,
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
    /** The answer broke off after it had begun. */
    STREAM_BROKEN,
    /** The caller cancelled the call or closed the answer early. */
    ABORTED
}
