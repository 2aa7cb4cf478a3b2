package dev.parley.proxy.resilience;

import dev.parley.model.Service;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The guards that exist, by service, so that what is known of a service outlives each configuration. Used by whoever compiles a
 * configuration, never by an event loop. It holds as many as the configuration has services, since {@link #retain} drops the rest; calls
 * that are under way keep the guard that they hold.
 */
public final class ServiceGuards {
    private final Map<String, ServiceGuard> guards = new HashMap<>();
    private final Transitions listener;

    /** @param listener told of each transition of a service's breaker, on the event loop that brought it about */
    public ServiceGuards(Transitions listener) {
        this.listener = listener;
    }

    /** The guard of this service, made when it is new; it follows {@code settings} from now on. */
    public ServiceGuard obtain(String service, Service settings, long nowNs) {
        return obtain(service, ServiceGuard.Settings.of(settings), nowNs);
    }

    synchronized ServiceGuard obtain(String service, ServiceGuard.Settings settings, long nowNs) {
        ServiceGuard known = guards.get(service);
        if (known != null) {
            known.tune(settings, nowNs);
            return known;
        }
        ServiceGuard made = new ServiceGuard(service, settings, nowNs, listener);
        guards.put(service, made);
        return made;
    }

    /** Drops all but those of these services. */
    public synchronized void retain(Set<String> services) {
        guards.keySet().retainAll(services);
    }

    /** Those that are configured now, by service. */
    public synchronized Map<String, ServiceGuard> guards() {
        return Map.copyOf(guards);
    }
}
