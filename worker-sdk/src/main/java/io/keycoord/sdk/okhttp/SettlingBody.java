package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.Settlement;
import io.keycoord.sdk.UsageReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** An answer's body that settles its lease when it ends, fails, is closed, or is dropped without being closed. */
final class SettlingBody extends ResponseBody {
    private static final Cleaner FORGOTTEN = Cleaner.create();

    private final ResponseBody body;
    private final BufferedSource source;

    SettlingBody(ResponseBody body, UsageReader reader, Settlement settlement, Call call, DataWait wait) {
        this.body = body;
        Tap tap = new Tap(body, new Feed(reader, wait), settlement, call);
        this.source = Okio.buffer(tap);
        // The coordinator renews a lease for as long as it is held, so one of a forgotten body would never end.
        FORGOTTEN.register(tap, settlement::left);
    }

    @Override
    public @Nullable MediaType contentType() {
        return body.contentType();
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public BufferedSource source() {
        return source;
    }

    private static final class Tap extends ForwardingSource {
        private final Feed feed;
        private final Settlement settlement;
        private final Call call;
        private long left;

        Tap(ResponseBody body, Feed feed, Settlement settlement, Call call) {
            super(body.source());
            // -1 if it is not known.
            this.left = body.contentLength();
            this.feed = feed;
            this.settlement = settlement;
            this.call = call;
        }

        @Override
        public long read(Buffer sink, long byteCount) throws IOException {
            long count = readOrSettle(sink, byteCount);
            if (count == -1) {
                end();
                return count;
            }
            sink.copyTo(feed, sink.size() - count, count);
            left -= count;
            if (left == 0) {
                end();
            }
            return count;
        }

        /** A last line may lack its end. */
        private void end() {
            feed.write('\n');
            settlement.ended();
        }

        private long readOrSettle(Buffer sink, long byteCount) throws IOException {
            try {
                return feed.wait.read(timeout(), () -> super.read(sink, byteCount));
            } catch (AnswerStalledException e) {
                settlement.stalled();
                throw e;
            } catch (IOException e) {
                settlement.broke(call.isCanceled());
                throw e;
            }
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                settlement.left();
            }
        }
    }

    private static final class Feed extends OutputStream {
        private final UsageReader reader;
        private final DataWait wait;

        Feed(UsageReader reader, DataWait wait) {
            this.reader = reader;
            this.wait = wait;
        }

        @Override
        public void write(int b) {
            reader.read(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) {
            reader.read(bytes, offset, count);
            wait.see(bytes, offset, count);
        }
    }
}
