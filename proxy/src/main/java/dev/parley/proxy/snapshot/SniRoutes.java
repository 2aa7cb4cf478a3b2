package dev.parley.proxy.snapshot;

import dev.parley.model.HostPattern;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which route takes a TLS connection undecrypted, by the name that its client asks for: exact, else the longest wildcard. */
public final class SniRoutes {
    /** By name; by what follows the {@code *} of a wildcard, which stands for one label or more. */
    private final Map<String, RouteView> exact = new HashMap<>();

    private final Map<String, RouteView> wildcards = new HashMap<>();
    private final @Nullable RouteView any;

    /** @param any the route for all other names, and for none; null where there is none */
    SniRoutes(@Nullable RouteView any) {
        this.any = any;
    }

    void add(List<HostPattern> names, RouteView route) {
        for (HostPattern name : names) {
            if (name.wildcard()) {
                wildcards.putIfAbsent(name.text().substring(1), route);
            } else {
                exact.putIfAbsent(name.text(), route);
            }
        }
    }

    /** The route for a name; null where the connection is to be decrypted here, or refused. */
    public @Nullable RouteView match(@Nullable String serverName) {
        if (serverName == null) {
            return any;
        }
        RouteView found = exact.get(serverName);
        for (int dot = serverName.indexOf('.'); found == null && dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
            found = wildcards.get(serverName.substring(dot));
        }
        return found == null ? any : found;
    }
}
