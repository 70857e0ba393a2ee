package io.keycoord.sdk.okhttp;

import java.io.IOException;
import okhttp3.Call;

/** One call of {@link JsonCalls}. Made once; may be cancelled by any thread. */
public final class JsonCall {
    private final Call call;
    private final UsedSecrets secrets;

    JsonCall(Call call, UsedSecrets secrets) {
        this.call = call;
        this.secrets = secrets;
    }

    /**
     * Makes the call on this thread, which waits for a key and for the beginning of the answer.
     *
     * @return what the provider answered, whatever that is; to be closed
     * @throws io.keycoord.sdk.LeaseUnavailableException if no key could be leased; nothing was sent then
     * @throws IOException if there was no answer
     */
    public JsonAnswer execute() throws IOException {
        return new JsonAnswer(call.execute(), secrets);
    }

    /** Ends the call if it is under way, and its answer: whoever waits for either gets an {@link IOException}. */
    public void cancel() {
        call.cancel();
    }
}
