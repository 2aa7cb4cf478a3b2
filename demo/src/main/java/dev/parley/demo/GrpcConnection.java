package dev.parley.demo;

import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http2.HeadDecoder;
import dev.parley.wire.http2.HpackDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One HTTP/2 connection that carries unary calls of gRPC, many at a time. Calls may come from any thread. */
final class GrpcConnection implements AutoCloseable {
    /** Longer than anything in the demo takes. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Http2Frames frames;
    private final String authority;
    private final Map<Integer, Call> calls = new ConcurrentHashMap<>();
    private int nextStream = 1;
    private volatile boolean broken;

    /** How a call ended. The text is empty where it did not end well. */
    record Reply(int status, String text) {}

    /** A call that is under way; the reader's, but for the reply. */
    private static final class Call {
        final CompletableFuture<Reply> reply = new CompletableFuture<>();
        final ByteArrayOutputStream message = new ByteArrayOutputStream();
        boolean begun;
    }

    GrpcConnection(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, Math.toIntExact(LIMIT.toMillis()));
            frames = Http2Frames.client(socket);
            authority = address.getAddress().getHostAddress() + ":" + address.getPort();
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
        Thread.ofVirtual().name("grpc-reader").start(this::read);
    }

    /** Whether a further call can be made on it. Streams are numbered upwards: it bears 2^30 calls, months of them. */
    boolean usable() {
        return !broken && !frames.goingAway();
    }

    /** Makes a call and waits for its end; a connection that breaks, or silence, is an exception. */
    Reply call(String path, String text) throws IOException, InterruptedException {
        Call call = new Call();
        int stream;
        // Streams must be opened in the order of their numbers.
        synchronized (frames) {
            stream = nextStream;
            nextStream += 2;
            calls.put(stream, call);
            frames.head(stream, false, fields -> {
                fields.method(Grpc.ascii("POST"), 0, 4);
                fields.scheme(Grpc.ascii("http"), 0, 4);
                fields.path(Grpc.ascii(path), 0, path.length());
                fields.authority(Grpc.ascii(authority), 0, authority.length());
                Grpc.field(fields, "content-type", Grpc.TYPE);
                Grpc.field(fields, "te", "trailers");
            });
        }
        try {
            frames.data(stream, true, Grpc.message(text));
            if (broken) {
                throw new IOException("The connection broke.");
            }
            return call.reply.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(String.valueOf(failed.getCause()), failed);
        } catch (TimeoutException silent) {
            throw new IOException("No answer to a call within " + LIMIT.toSeconds() + " s.", silent);
        }
    }

    private void read() {
        HpackDecoder table = new HpackDecoder(HpackDecoder.DEFAULT_TABLE_BYTES);
        HeadDecoder heads = new HeadDecoder();
        try {
            while (true) {
                take(frames.next(), table, heads);
            }
        } catch (IOException over) {
            broken = true;
            calls.values().forEach(call -> call.reply.completeExceptionally(over));
        }
    }

    private void take(Http2Frames.Event event, HpackDecoder table, HeadDecoder heads) throws IOException {
        // A call that nobody waits for any longer is read to its end all the same: its heads belong to the table.
        Call call = calls.get(event.stream());
        if (call == null) {
            throw new IOException("Stream %d has no call.".formatted(event.stream()));
        }
        boolean over = switch (event) {
            case Http2Frames.Head head -> head.end();
            case Http2Frames.Data data -> data.end();
            case Http2Frames.Reset reset -> true;
        };
        if (over) {
            calls.remove(event.stream());
        }
        switch (event) {
            case Http2Frames.Head head -> takeHead(call, head, table, heads);
            case Http2Frames.Data data -> {
                if (call.message.size() + data.bytes().length > Http2Frames.MOST_DATA_BYTES) {
                    throw new IOException("A message is longer than any of the demo.");
                }
                call.message.writeBytes(data.bytes());
                if (data.end()) {
                    call.reply.completeExceptionally(new IOException("A call ended without its trailers."));
                }
            }
            case Http2Frames.Reset reset ->
                call.reply.completeExceptionally(new IOException("A call was reset with code " + reset.code() + "."));
        }
    }

    private static void takeHead(Call call, Http2Frames.Head head, HpackDecoder table, HeadDecoder heads)
            throws IOException {
        ResponseHead response = new ResponseHead();
        byte[] block = head.block();
        HeadDecoder.Result result = call.begun
                ? heads.trailers(table, block, 0, block.length, true, response.fields())
                : heads.response(table, block, 0, block.length, head.end(), Method.POST, GrpcService.LIMITS, response);
        if (result != HeadDecoder.Result.OK) {
            throw new IOException("A head that is not understood: " + result);
        }
        if (!head.end()) {
            // An interim answer (1xx) is not the beginning.
            call.begun = call.begun || response.status() >= 200;
            return;
        }
        int status = Grpc.status(response.fields());
        if (status < 0) {
            call.reply.completeExceptionally(new IOException("A call ended without a status of gRPC."));
        } else {
            call.reply.complete(new Reply(status, status == Grpc.OK ? Grpc.text(call.message.toByteArray()) : ""));
        }
    }

    @Override
    public void close() throws IOException {
        frames.close();
    }
}
