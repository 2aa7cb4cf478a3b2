package dev.parley.proxy.upstream;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * The endpoints that exist, by service and address, so that what is known of one outlives each configuration.
 *
 * <p>Used by whoever compiles a configuration, never by an event loop: a pick holds the endpoints themselves. It holds
 * as many as the configuration has, since {@link #retain} drops the rest.
 */
public final class EndpointRegistry {
    private final Map<Key, Endpoint> endpoints = new HashMap<>();
    private final Map<String, LongAdder> inFlightByService = new HashMap<>();
    private final List<Consumer<Endpoint>> onRetired = new CopyOnWriteArrayList<>();
    private int nextId;

    /** What makes an endpoint the same one. Two services that share an address each have their own. */
    public record Key(String service, EndpointAddress address) {}

    /** The endpoint of this service at this address, made when it is new; it follows {@code balance} from now on. */
    public synchronized Endpoint obtain(String service, EndpointAddress address, Balance balance, long nowNs) {
        Endpoint known = endpoints.get(new Key(service, address));
        if (known != null) {
            known.tune(balance);
            return known;
        }
        LongAdder inFlight = inFlightByService.computeIfAbsent(service, name -> new LongAdder());
        Endpoint made = new Endpoint(nextId++, service, address, balance, inFlight, nowNs);
        endpoints.put(new Key(service, address), made);
        return made;
    }

    /**
     * Retires all but these. Listeners are told of each on the calling thread, after it says so itself and outside of
     * the registry's lock.
     */
    public void retain(Set<Key> keys) {
        for (Endpoint gone : withdraw(keys)) {
            onRetired.forEach(listener -> listener.accept(gone));
        }
    }

    private synchronized List<Endpoint> withdraw(Set<Key> keys) {
        List<Endpoint> gone = new ArrayList<>();
        endpoints.entrySet().removeIf(entry -> {
            boolean leaves = !keys.contains(entry.getKey());
            if (leaves) {
                entry.getValue().retire();
                gone.add(entry.getValue());
            }
            return leaves;
        });
        inFlightByService
                .keySet()
                .removeIf(service -> endpoints.keySet().stream().noneMatch(key -> key.service.equals(service)));
        return gone;
    }

    /** Has {@code listener} told of each endpoint that is retired: to close its idle connections, to stop its probes. */
    public void onRetired(Consumer<Endpoint> listener) {
        onRetired.add(listener);
    }

    /** Those that are configured now, in no order. */
    public synchronized List<Endpoint> endpoints() {
        return List.copyOf(endpoints.values());
    }
}
