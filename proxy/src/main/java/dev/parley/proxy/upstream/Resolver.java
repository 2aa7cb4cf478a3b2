package dev.parley.proxy.upstream;

import dev.parley.model.EndpointAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the addresses of endpoints that are given by name. A name that DNS does not answer for keeps the address it had: an
 * empty answer never empties a pool.
 */
public final class Resolver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);
    /** How often names are asked again; the JDK's own cache of 30 s (networkaddress.cache.ttl) is behind it. */
    private static final long EVERY_SECONDS = 10;
    /** How long a change of the configuration waits for its names; slower ones follow. */
    private static final long WAIT_SECONDS = 2;

    private final Supplier<List<Endpoint>> endpoints;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("parley-resolver").daemon().factory());

    /** Resolves what {@code endpoints} supplies, now and then. */
    public Resolver(Supplier<List<Endpoint>> endpoints) {
        this.endpoints = endpoints;
        var _ = timer.scheduleWithFixedDelay(
                () -> endpoints.get().forEach(Resolver::resolve), EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    /** Resolves the endpoints that have no address yet; returns when that is done, or when it takes too long. */
    public void resolveNew() {
        List<Thread> lookups = new ArrayList<>();
        for (Endpoint endpoint : endpoints.get()) {
            if (endpoint.resolved() instanceof InetSocketAddress inet && inet.isUnresolved()) {
                lookups.add(Thread.ofVirtual().name("resolve-", 0).start(() -> resolve(endpoint)));
            }
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        try {
            for (Thread lookup : lookups) {
                lookup.join(java.time.Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void resolve(Endpoint endpoint) {
        if (!(endpoint.address() instanceof EndpointAddress.Inet(String host, int port)) || isLiteral(host)) {
            return;
        }
        try {
            InetAddress[] found = InetAddress.getAllByName(host);
            boolean still = endpoint.resolved() instanceof InetSocketAddress now
                    && !now.isUnresolved()
                    && List.of(found).contains(now.getAddress());
            if (!still) {
                endpoint.resolved(new InetSocketAddress(found[0], port));
            }
        } catch (UnknownHostException unknown) {
            LOG.warn("name not resolved endpoint={} service={}", endpoint.address(), endpoint.service());
        }
    }

    /** Where an address leads that needs no DNS; unresolved where it does. */
    static SocketAddress literal(EndpointAddress address) {
        return switch (address) {
            case EndpointAddress.Unix unix -> UnixDomainSocketAddress.of(unix.path());
            case EndpointAddress.Inet inet -> {
                try {
                    yield new InetSocketAddress(InetAddress.ofLiteral(inet.host()), inet.port());
                } catch (IllegalArgumentException aName) {
                    yield InetSocketAddress.createUnresolved(inet.host(), inet.port());
                }
            }
        };
    }

    private static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
