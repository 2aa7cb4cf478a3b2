package dev.parley.proxy.tls;

import dev.parley.model.ListenerTls;
import dev.parley.model.TlsVersion;
import dev.parley.model.certificate.CertificateChain;
import dev.parley.telemetry.metrics.HandshakeResult;
import dev.parley.wire.tls.ClientHello;
import io.netty.channel.Channel;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** TLS of one listener: finds the certificate for what a client asks, or says why there is none. Safe for all loops. */
public final class ServerTls {
    private static final int PROTOCOL_VERSION = 70;
    private static final int UNRECOGNIZED_NAME = 112;
    private static final int NO_APPLICATION_PROTOCOL = 120;

    private final ListenerTls settings;
    private final List<String> protocols;
    private final List<TlsContext> contexts;
    /** By name; by what follows the {@code *} of a wildcard. */
    private final Map<String, TlsContext> exact = new HashMap<>();

    private final Map<String, TlsContext> wildcards = new HashMap<>();

    /**
     * @param chains in the order of the settings
     * @param contextOf makes the context of a chain
     */
    ServerTls(
            ListenerTls settings,
            List<String> protocols,
            List<CertificateChain> chains,
            Function<CertificateChain, TlsContext> contextOf) {
        this.settings = settings;
        this.protocols = List.copyOf(protocols);
        this.contexts = chains.stream().map(contextOf).toList();
        for (int i = 0; i < chains.size(); i++) {
            for (String name : chains.get(i).names()) {
                if (name.startsWith("*.")) {
                    wildcards.putIfAbsent(name.substring(1), contexts.get(i));
                } else {
                    exact.putIfAbsent(name, contexts.get(i));
                }
            }
        }
    }

    public ListenerTls settings() {
        return settings;
    }

    List<TlsContext> contexts() {
        return contexts;
    }

    /**
     * The handler for a connection that began so. What no handshake could do is found out here, where more can be said of it.
     *
     * @throws TlsFailure where there can be no handshake; {@link #refuse} tells the client
     */
    public TlsHandler handler(ClientHello hello, TlsHandler.Waiter waiter) throws TlsFailure {
        boolean tls12 = hello.tls12() && settings.minVersion().equals(TlsVersion.V1_2);
        if (!hello.tls13() && !tls12) {
            throw new TlsFailure(
                    HandshakeResult.NO_COMMON_VERSION,
                    hello.tls12()
                            ? "the client speaks TLS 1.2 at best, and min_version is 1.3"
                            : "the client speaks neither TLS 1.2 nor 1.3");
        }
        boolean noProtocol = !hello.protocols().isEmpty()
                && !protocols.isEmpty()
                && Collections.disjoint(hello.protocols(), protocols);
        if (noProtocol) {
            throw new TlsFailure(
                    HandshakeResult.NO_COMMON_PROTOCOL,
                    "the client offers the application protocols %s, and this listener speaks %s"
                            .formatted(hello.protocols(), protocols));
        }
        String name = hello.serverName() == null ? "" : hello.serverName();
        return new TlsHandler(context(name).session(new TlsContext.Peering(name, "")), waiter);
    }

    private TlsContext context(String name) throws TlsFailure {
        TlsContext found = name.isEmpty() ? null : find(name);
        if (found != null) {
            return found;
        }
        boolean refuse = !name.isEmpty() && settings.unknownSni() == ListenerTls.UnknownSni.REFUSE;
        if (refuse || contexts.isEmpty()) {
            throw new TlsFailure(
                    HandshakeResult.UNKNOWN_NAME,
                    name.isEmpty()
                            ? "the client asks for no name, and no certificate is there for that"
                            : "the client asks for " + name + ", which no certificate or route has");
        }
        return contexts.getFirst();
    }

    private @Nullable TlsContext find(String name) {
        TlsContext found = exact.get(name);
        int dot = name.indexOf('.');
        return found != null || dot < 1 ? found : wildcards.get(name.substring(dot));
    }

    /** Tells a client that there will be no handshake, by the alert that fits, and closes. */
    public static void refuse(Channel channel, TlsFailure why) {
        switch (why.result()) {
            case NO_COMMON_VERSION -> TlsHandler.sendAlert(channel, PROTOCOL_VERSION);
            case NO_COMMON_PROTOCOL -> TlsHandler.sendAlert(channel, NO_APPLICATION_PROTOCOL);
            case UNKNOWN_NAME -> TlsHandler.sendAlert(channel, UNRECOGNIZED_NAME);
            default -> channel.close();
        }
    }
}
