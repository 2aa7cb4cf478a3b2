package dev.parley.simulation.parley;

import dev.parley.model.Configuration;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.upstream.EndpointRegistry;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Timeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One running Parley: its own endpoints, guards and balancers, which it shares with no other, and so many event loops with a
 * random sequence each. All its loops are run by the one thread of the simulation, in the order of virtual time.
 */
public final class SimulatedParley {
    /** As many event loops as a small machine has. */
    public static final int LOOPS = 4;

    private static final long SECOND_NS = 1_000_000_000L;

    private final Surroundings around;
    private final Map<String, SimulatedService> services = new LinkedHashMap<>();
    private final List<FastRandom> loops = new ArrayList<>();
    private final FastRandom accepts;

    /** @param seed of all that is drawn in this Parley */
    public SimulatedParley(Configuration configuration, Surroundings around, long seed) {
        this.around = around;
        this.accepts = new FastRandom(seed);
        EndpointRegistry registry = new EndpointRegistry();
        for (int i = 0; i < LOOPS; i++) {
            loops.add(new FastRandom(accepts.nextLong()));
        }
        configuration.services().forEach((name, service) -> {
            services.put(name, new SimulatedService(name, configuration, around, registry, accepts.nextLong()));
        });
        // As LiveSnapshot and the outlier sweep do: each second, at a time of this Parley's own.
        around.agenda().after((long) accepts.nextInt((int) SECOND_NS), this::tick, 0, 0);
    }

    private void tick(int what, int ticket, long nowNs) {
        services.values().forEach(service -> service.tick(nowNs));
        around.agenda().after(SECOND_NS, this::tick, what, ticket);
    }

    /** A service of its configuration, to look at what is known of it. */
    public SimulatedService service(String name) {
        SimulatedService service = services.get(name);
        if (service == null) {
            throw new IllegalArgumentException(
                    "No service is called " + name + "; there are " + services.keySet() + ".");
        }
        return service;
    }

    /** Where its clients send requests to a service. {@code attempts} counts what is sent to endpoints because of them. */
    public Entrance entrance(String serviceName, Timeline attempts) {
        SimulatedService service = service(serviceName);
        return (criticality, key, remainingNs, requester, ticket, nowNs) -> {
            FastRandom loop = loops.get(accepts.nextInt(LOOPS));
            ProxiedCall call = service.call();
            call.begin(loop, attempts, criticality, key, remainingNs, requester, ticket, nowNs);
            return call;
        };
    }
}
