package dev.parley.proxy.exchange;

import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.upstream.Endpoint;
import java.util.StringJoiner;

/** Why a service has no endpoint for a request, in words that say what to do. */
final class NoEndpoint {
    /** Endpoints named one by one; a pool of thousands is not listed in an answer. */
    private static final int NAMED = 5;

    private NoEndpoint() {}

    static String explain(ServiceView service, boolean full) {
        StringJoiner down = new StringJoiner("; ");
        int unavailable = 0;
        for (Endpoint endpoint : service.endpoints()) {
            Endpoint.Standing standing = endpoint.standing();
            if (!standing.available()) {
                unavailable++;
                if (unavailable <= NAMED) {
                    down.add(endpoint.address() + ": " + why(standing));
                }
            }
        }
        int all = service.endpoints().size();
        if (unavailable == all) {
            String more = unavailable > NAMED ? "; and " + (unavailable - NAMED) + " more" : "";
            return "All " + all + " endpoints of service " + service.name() + " are down (" + down + more
                    + "). They return when their checks pass, and from ejection when its time is over.";
        }
        if (full) {
            return "Every endpoint of service " + service.name() + " that is up has its "
                    + service.settings().connectionsPerEndpoint()
                    + " connections in use (connections_per_endpoint). Add endpoints, or raise it.";
        }
        String those = unavailable > 0 ? " (" + down + ")" : "";
        return "No endpoint of service " + service.name() + " was left to try: " + unavailable + " of " + all
                + " are down" + those + ", the others were tried or have no weight.";
    }

    private static String why(Endpoint.Standing standing) {
        return switch (standing.cause()) {
            case EJECTED -> "ejected, " + standing.reason();
            case UP, UNREACHABLE, UNHEALTHY, PROBING -> standing.reason();
        };
    }
}
