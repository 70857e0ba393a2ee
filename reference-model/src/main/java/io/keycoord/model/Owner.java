package io.keycoord.model;

/**
 * What has limits: a unit (an account for one class of models), a key, or a budget. An implicit account and its key are
 * the same.
 *
 * @param name the end of its Redis key
 * @param id what indexes and ring windows call it
 */
record Owner(String name, String id, Fields fields) {

    static Owner unit(String id) {
        return new Owner(id, id, new Fields());
    }

    static Owner key(String id) {
        return new Owner("key:" + id, id, new Fields());
    }

    /** What several units share. */
    static Owner budget(String id) {
        return new Owner(id, id, new Fields());
    }

    boolean isBudget() {
        return id.equals("pool") || id.startsWith("tenant:") || id.endsWith("/overall");
    }

    boolean isUnit() {
        return name.equals(id) && !isBudget();
    }

    boolean implicit() {
        return isUnit() && name.startsWith("key:");
    }

    /** Whether the unit's account has just one key. */
    boolean single() {
        return implicit() || !fields.text("key").isEmpty();
    }

    String keyId() {
        return name.substring("key:".length());
    }

    String account() {
        return fields.text("account");
    }

    String group() {
        return fields.text("group");
    }

    long number(String field) {
        return fields.number(field);
    }

    String text(String field) {
        return fields.text(field);
    }

    String state() {
        return fields.text("state");
    }
}
