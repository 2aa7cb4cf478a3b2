package dev.parley.demo;

import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http2.HeadDecoder;
import dev.parley.wire.http2.HpackDecoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;

/** A child process of the demo: a gRPC service with one unary method, which answers with its name after a moment. */
final class GrpcService {
    /** The method, as calls name it in their path. */
    static final String METHOD = "/demo.Payments/Pay";

    static final HeadLimits LIMITS = new HeadLimits(16 << 10, 8 << 10, 100);
    private static final int BACKLOG = 1024;

    private final String name;
    private final long meanMs;

    private GrpcService(String name, long meanMs) {
        this.name = name;
        this.meanMs = meanMs;
    }

    /**
     * Runs until it is killed or its parent ends.
     *
     * @param args its name, the port (0 takes a free one), and the mean latency in milliseconds
     */
    public static void main(String[] args) throws IOException {
        Lifeline.hold();
        GrpcService service = new GrpcService(args[0], Long.parseLong(args[2]));
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(args[1]), BACKLOG, InetAddress.getLoopbackAddress())) {
            Lifeline.announce(server.getLocalPort());
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> service.serve(socket));
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            serve(Http2Frames.server(socket));
        } catch (IOException clientWentAway) {
            // Its right; a health check that only connects does the same.
        }
    }

    private void serve(Http2Frames frames) throws IOException {
        HpackDecoder table = new HpackDecoder(HpackDecoder.DEFAULT_TABLE_BYTES);
        HeadDecoder heads = new HeadDecoder();
        // As many as the peer opens: Parley's bound on streams of a connection holds here too.
        Map<Integer, String> paths = new HashMap<>();
        while (true) {
            switch (frames.next()) {
                case Http2Frames.Head head -> {
                    RequestHead request = new RequestHead();
                    byte[] block = head.block();
                    HeadDecoder.Result result =
                            heads.request(table, block, 0, block.length, head.end(), false, LIMITS, request);
                    if (result != HeadDecoder.Result.OK) {
                        throw new IOException("A head that is not understood: " + result);
                    }
                    paths.put(head.stream(), Grpc.text(request.bytes(), request.pathFrom(), request.pathTo()));
                    answerIf(head.end(), frames, head.stream(), paths);
                }
                case Http2Frames.Data data -> answerIf(data.end(), frames, data.stream(), paths);
                case Http2Frames.Reset reset -> paths.remove(reset.stream());
            }
        }
    }

    private void answerIf(boolean whole, Http2Frames frames, int stream, Map<Integer, String> paths) {
        if (whole) {
            boolean known = METHOD.equals(paths.remove(stream));
            Thread.ofVirtual().start(() -> answer(frames, stream, known));
        }
    }

    private void answer(Http2Frames frames, int stream, boolean known) {
        Behaviour.work(meanMs);
        try {
            frames.head(stream, false, fields -> {
                fields.status(200);
                Grpc.field(fields, "content-type", Grpc.TYPE);
            });
            if (known) {
                frames.data(stream, false, Grpc.message(name));
            }
            frames.head(stream, true, fields -> Grpc.status(fields, known ? Grpc.OK : Grpc.UNIMPLEMENTED));
        } catch (IOException clientWentAway) {
            // The reader of the connection finds out too, and ends it.
        }
    }
}
