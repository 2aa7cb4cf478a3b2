package dev.parley.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A WebSocket (RFC 6455) to the chat service, by the JDK's client. */
final class WebSocketConversation implements Conversation {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String MESSAGE = "hello, all of you";

    private final Inbox inbox = new Inbox();
    private final WebSocket socket;

    WebSocketConversation(HttpClient client, InetSocketAddress address, String path) throws IOException {
        URI uri = URI.create("ws://%s:%d%s".formatted(address.getAddress().getHostAddress(), address.getPort(), path));
        socket = await(client.newWebSocketBuilder().connectTimeout(LIMIT).buildAsync(uri, inbox));
    }

    @Override
    public void exchange() throws IOException {
        CompletableFuture<String> answer = inbox.expect();
        await(socket.sendText(MESSAGE, true));
        String echo = await(answer);
        if (!echo.equals(MESSAGE)) {
            throw new IOException("'%s' came back for '%s'".formatted(echo, MESSAGE));
        }
    }

    @Override
    public void close() throws IOException {
        if (!socket.isOutputClosed()) {
            await(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
            await(inbox.end());
        }
        socket.abort();
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(String.valueOf(failed.getCause()), failed);
        } catch (TimeoutException silent) {
            throw new IOException("nothing within " + LIMIT.toSeconds() + " s", silent);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopping);
        }
    }

    /** What comes from the other side: one message for each that was sent, and the end. */
    private static final class Inbox implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();
        private final CompletableFuture<String> end = new CompletableFuture<>();
        private volatile CompletableFuture<String> message = new CompletableFuture<>();

        /** The next message that comes; no message comes after the end. */
        CompletableFuture<String> expect() {
            CompletableFuture<String> expected = new CompletableFuture<>();
            message = expected;
            if (end.isDone()) {
                expected.completeExceptionally(new IOException("the connection is closed"));
            }
            return expected;
        }

        CompletableFuture<String> end() {
            return end;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            parts.append(data);
            if (last || parts.length() > MESSAGE.length()) {
                String whole = parts.toString();
                parts.setLength(0);
                message.complete(whole);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            end.complete(reason);
            message.completeExceptionally(new IOException("closed with status " + status));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            end.complete("");
            message.completeExceptionally(error);
        }
    }
}
