package dev.parley.app.http2;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the endpoint of a test: one listener, {@code edge}, and one route of all its requests to one service,
 * {@code s}. That is Parley, unless {@code -Dparley.test.front=nghttpx} puts the same questions to nghttpx, which shows
 * whether a test asks for more than another proxy gives.
 */
public final class Front implements AutoCloseable {
    private final @Nullable LiveProxy parley;
    private final @Nullable ChildProcess other;
    private final int port;

    private Front(@Nullable LiveProxy parley, @Nullable ChildProcess other, int port) {
        this.parley = parley;
        this.other = other;
        this.port = port;
    }

    /** Stands before an endpoint that speaks HTTP/1.1. */
    public static Front before(Origin origin) throws IOException {
        return before(origin, "", "", "");
    }

    /** Stands before an endpoint that speaks HTTP/2. */
    public static Front before(Http2Server server) throws IOException {
        return before(server, "", "", "");
    }

    /** Stands before whatever speaks HTTP/1.1 on a port of the loopback address. */
    public static Front beforePort(int endpoint) throws IOException {
        return isAnother() ? nghttpx(endpoint, "") : parley("127.0.0.1:" + endpoint, "", "", "");
    }

    /** Stands before whatever speaks HTTP/2 on a port of the loopback address. */
    public static Front beforeHttp2Port(int endpoint) throws IOException {
        return isAnother()
                ? nghttpx(endpoint, ";proto=h2")
                : parley("127.0.0.1:" + endpoint, "", "protocol: http2", "");
    }

    /** The same with settings of the listener, the service and the route, as they stand in a YAML map. */
    public static Front before(Origin origin, String listener, String service, String route) throws IOException {
        return isAnother() ? nghttpx(origin.port(), "") : parley(origin.endpoint(), listener, service, route);
    }

    public static Front before(Http2Server server, String listener, String service, String route) throws IOException {
        return isAnother()
                ? nghttpx(server.port(), ";proto=h2")
                : parley(server.endpoint(), listener, "protocol: http2, " + service, route);
    }

    private static boolean isAnother() {
        return "nghttpx".equals(System.getProperty("parley.test.front"));
    }

    private static Front parley(String endpoint, String listener, String service, String route) throws IOException {
        LiveProxy parley = LiveProxy.start(configuration(endpoint, listener, service, route));
        return new Front(parley, null, parley.port("edge"));
    }

    /** The configuration that Parley is given. */
    public static String configuration(String endpoints, String listener, String service, String route) {
        return """
                admin: { enabled: false }
                drain: 3s
                listeners: { edge: { port: 0, %s } }
                services: { s: { endpoints: [%s], %s } }
                routes: { r: { listener: edge, to: s, %s } }
                """.formatted(listener, endpoints, service, route);
    }

    private static Front nghttpx(int endpoint, String protocol) throws IOException {
        int port = LiveProxy.freePort();
        List<String> command = new ArrayList<>(List.of(
                Programs.require("nghttpx").toString(),
                "--frontend=127.0.0.1,%d;no-tls".formatted(port),
                "--backend=127.0.0.1,%d;/%s".formatted(endpoint, protocol),
                "--log-level=ERROR",
                "--workers=1"));
        ChildProcess nghttpx = ChildProcess.start(Path.of("."), Bounds.WAIT.multipliedBy(3), command);
        Awaitility.await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
            RawClient.connect(port).close();
            return true;
        });
        return new Front(null, nghttpx, port);
    }

    public int port() {
        return port;
    }

    /** A client that speaks HTTP/2, with these settings: identifier, value and so on. */
    public Http2Client http2(long... settings) throws IOException {
        return Http2Client.connect(port, settings);
    }

    /** A client that speaks HTTP/1.1. */
    public RawClient http1() throws IOException {
        return RawClient.connect(port);
    }

    /** Parley itself, for what only it can be asked. */
    public LiveProxy parley() {
        if (parley == null) {
            throw new org.opentest4j.TestAbortedException("is a question to Parley alone");
        }
        return parley;
    }

    /** Requires that every count of what is open or in flight comes to zero. */
    public void requireNothingIsLeft() throws IOException {
        if (parley != null) {
            parley.requireNothingIsLeft();
        }
    }

    @Override
    public void close() throws IOException {
        if (parley != null) {
            parley.close();
        }
        if (other != null) {
            other.close();
        }
    }
}
