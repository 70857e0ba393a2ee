package io.keycoord.benchmarks.sdk;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import javax.net.SocketFactory;

/**
 * A connection to nobody: takes what is written, and as soon as something is read there is a whole answer of HTTP/1.1, without
 * a network that would drown what is measured. For one caller at a time, who writes a request before each answer is read.
 */
final class AnsweringSocket extends Socket {
    private final Answers answers;
    private int timeout;
    private boolean connected;
    private boolean closed;

    private AnsweringSocket(byte[] answer) {
        this.answers = new Answers(answer);
    }

    /** Makes connections that answer {@link Talk#ANSWER}. */
    static SocketFactory factory() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        String head = "HTTP/1.1 200 OK\r\n" + Talk.HEADERS + "content-type: application/json\r\ncontent-length: "
                + Talk.ANSWER.length + "\r\n\r\n";
        whole.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        whole.writeBytes(Talk.ANSWER);
        return new Factory(whole.toByteArray());
    }

    @Override
    public void connect(SocketAddress endpoint, int timeoutMillis) {
        connected = true;
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public InputStream getInputStream() {
        return answers;
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public synchronized void setSoTimeout(int millis) {
        timeout = millis;
    }

    @Override
    public synchronized int getSoTimeout() {
        return timeout;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    /** One answer after the other; no read goes beyond the end of one. */
    private static final class Answers extends InputStream {
        private final byte[] answer;
        private int at;

        Answers(byte[] answer) {
            this.answer = answer;
        }

        @Override
        public int read() {
            int next = answer[at] & 0xff;
            at = (at + 1) % answer.length;
            return next;
        }

        @Override
        public int read(byte[] into, int offset, int most) {
            int count = Math.min(most, answer.length - at);
            System.arraycopy(answer, at, into, offset, count);
            at = (at + count) % answer.length;
            return count;
        }
    }

    private static final class Factory extends SocketFactory {
        private final byte[] answer;

        Factory(byte[] answer) {
            this.answer = answer;
        }

        @Override
        public Socket createSocket() {
            return new AnsweringSocket(answer);
        }

        @Override
        public Socket createSocket(String host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            return createSocket();
        }
    }
}
