package io.keycoord.sdk.openrouter;

import io.keycoord.sdk.FaultClass;
import java.time.Duration;

/** The provider answered with an error, and no other try was left or could have helped. */
public final class RefusedException extends OpenRouterException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final FaultClass fault;
    private final String code;
    private final String providerMessage;
    private final Duration rest;

    RefusedException(int status, FaultClass fault, String code, String providerMessage, Duration rest) {
        super(text(status, fault, code, providerMessage), null);
        this.status = status;
        this.fault = fault;
        this.code = code;
        this.providerMessage = providerMessage;
        this.rest = rest;
    }

    private static String text(int status, FaultClass fault, String code, String providerMessage) {
        String word = code.isEmpty() || code.equals(Integer.toString(status)) ? "" : " (" + code + ")";
        String said = providerMessage.isEmpty() ? "" : ": " + providerMessage;
        return "the provider answered " + status + word + ", " + fault + said;
    }

    /** The status of the answer; of an error inside an answer that had begun, the error's own, or 200 if it has none. */
    public int status() {
        return status;
    }

    /** Whose fault it is, by the rules that settled the lease. */
    public FaultClass fault() {
        return fault;
    }

    /** The provider's word for it, often the status again; empty if there is none. */
    public String code() {
        return code;
    }

    /** What the provider says, for people: at most 300 characters, without anything that looks like a key; may be empty. */
    public String providerMessage() {
        return providerMessage;
    }

    /** For how long what refused goes on refusing, as far as the provider or a rule says; zero if neither does. */
    public Duration retryAfter() {
        return rest;
    }

    /** So for the statuses 429, 503 and 529. */
    @Override
    public boolean isOverload() {
        return status == 429 || status == 503 || status == 529;
    }
}
