package dev.parley.proxy.snapshot;

import dev.parley.model.AddressRange;
import dev.parley.model.Listener;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.route.RouteTable;
import dev.parley.proxy.tls.ServerTls;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.HeadLimits;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener as connections see it.
 *
 * @param tls how connections are decrypted; null where none is
 * @param passthrough where connections go that are not decrypted; null where all are
 * @param rateLimits how often it may be used
 * @param tcp where connections go that are not HTTP: the one route of a TCP listener; null where there is none
 */
public record ListenerView(
        String name,
        Label label,
        Listener settings,
        HeadLimits headLimits,
        ListenerMetrics metrics,
        RouteTable<RouteView> routes,
        @Nullable RouteView tcp,
        @Nullable ServerTls tls,
        @Nullable SniRoutes passthrough,
        RateLimits rateLimits) {

    /** Decides about a request. Pure but for the draw between weighted services. */
    public Verdict decide(RequestHead head, FastRandom random) {
        RouteView route = routes.match(head);
        return route == null ? Verdict.NoRoute.INSTANCE : route.verdict(random);
    }

    /** Whether a client may connect at all. Clients on Unix sockets have no address and are let in. */
    public boolean admits(@Nullable InetAddress client) {
        if (client == null) {
            return true;
        }
        return !within(client, settings.deny()) && (settings.allow().isEmpty() || within(client, settings.allow()));
    }

    /** Whether what the client says of itself in forwarding headers is believed. */
    public boolean trusts(@Nullable InetAddress client) {
        return client != null && within(client, settings.trustForwarded());
    }

    private static boolean within(InetAddress client, List<AddressRange> ranges) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(client)) {
                return true;
            }
        }
        return false;
    }
}
