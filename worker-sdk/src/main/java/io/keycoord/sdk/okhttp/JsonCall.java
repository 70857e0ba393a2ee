package io.keycoord.sdk.okhttp;

import java.io.IOException;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Response;
import okio.AsyncTimeout;

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

    /**
     * Makes the call on another thread, which then calls one of these, once.
     *
     * @param answered gets what the provider answered, and must close it
     * @param failed gets what {@link #execute} would throw
     */
    public void enqueue(Consumer<JsonAnswer> answered, Consumer<IOException> failed) {
        call.enqueue(new Callback() {
            @Override
            public void onResponse(Call made, Response response) {
                answered.accept(new JsonAnswer(response, secrets));
            }

            @Override
            public void onFailure(Call made, IOException failure) {
                failed.accept(failure);
            }
        });
    }

    /** From now on its timeout bounds it no longer; what remains of its answer may take as long as it takes. */
    public void endTimeout() {
        if (call.timeout() instanceof AsyncTimeout running) {
            running.exit();
        }
    }

    /** Ends the call if it is under way, and its answer: whoever waits for either gets an {@link IOException}. */
    public void cancel() {
        call.cancel();
    }
}
