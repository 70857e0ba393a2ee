package io.keycoord.sdk;

/** Which other key could serve a request that was refused. */
public enum OtherKey {
    /** None: the refusal is not about the key. */
    NONE,
    /** Any other key, also one of the same account. */
    ANY,
    /** Any other key, but trying a third is pointless. */
    ANY_ONCE,
    /** Only a key of another account: keys of one account share what was exhausted. */
    OTHER_ACCOUNT
}
