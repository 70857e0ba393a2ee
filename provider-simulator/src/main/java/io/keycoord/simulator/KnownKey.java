package io.keycoord.simulator;

/** A configured key with the gate of its account. Knows the secret only as far as {@code label} shows it. */
record KnownKey(String id, String account, String label, AccountGate gate) {}
