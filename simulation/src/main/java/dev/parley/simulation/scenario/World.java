package dev.parley.simulation.scenario;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.model.Configuration;
import dev.parley.model.EndpointAddress;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.parley.Surroundings;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Network;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Servers, Parleys and clients, put together for one run. What Parleys do is set with the YAML that a user writes, read by the
 * product's own reader, so that a setting that is not named has the product's default.
 *
 * <p>Everything that is random comes from one seed: the same seed, the same run.
 */
public final class World {
    private final Agenda agenda = new Agenda();
    private final FastRandom seeds;
    private final Map<EndpointAddress, Server> servers = new HashMap<>();
    private final Map<String, Fleet> fleets = new LinkedHashMap<>();
    private final List<SimulatedParley> parleys = new ArrayList<>();
    private final Surroundings around = new Surroundings(agenda, Network.region(), servers);

    public World(long seed) {
        this.seeds = new FastRandom(seed);
    }

    /**
     * The servers of one service.
     *
     * @param settings of the service, as YAML in one line: {@code balance: random, retries: 0}
     * @param route settings of its route, likewise
     */
    public record Fleet(String service, String settings, String route, List<Server> servers, List<String> lines) {
        /** Requests a second that all of them can answer. */
        public double capacity(Server.Plan plan) {
            return servers.size() * plan.capacity();
        }

        /** Those in a zone. */
        public List<Server> in(String zone) {
            return servers.stream().filter(server -> server.zone().equals(zone)).toList();
        }
    }

    /** Adds the servers of a service, in these zones by turns; empty is none. */
    public Fleet fleet(String service, int count, Server.Plan plan, List<String> zones, String settings, String route) {
        List<Server> made = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        int net = fleets.size() + 1;
        for (int i = 0; i < count; i++) {
            String zone = zones.get(i % zones.size());
            Server server = new Server(agenda, zone, plan, seeds.nextLong());
            String address = "10.%d.%d.%d:80".formatted(net, i / 250, i % 250 + 1);
            servers.put(EndpointAddress.parse(address), server);
            made.add(server);
            lines.add("      - { address: '%s', zone: '%s' }".formatted(address, zone));
        }
        Fleet fleet = new Fleet(service, settings, route, made, lines);
        fleets.put(service, fleet);
        return fleet;
    }

    /** Adds Parleys in a zone, which know the fleets that there are by now. */
    public List<SimulatedParley> parleys(int count, String zone) {
        Configuration configuration = read(zone);
        List<SimulatedParley> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(new SimulatedParley(configuration, around, seeds.nextLong()));
        }
        parleys.addAll(made);
        return made;
    }

    private Configuration read(String zone) {
        StringBuilder yaml = new StringBuilder("zone: '" + zone + "'\nlisteners: { edge: { port: 80 } }\nservices:\n");
        for (Fleet fleet : fleets.values()) {
            yaml.append("  ").append(fleet.service).append(":\n    endpoints:\n");
            fleet.lines.forEach(line -> yaml.append(line).append('\n'));
            for (String setting : fleet.settings.split(";")) {
                yaml.append(setting.isBlank() ? "" : "    " + setting.strip() + "\n");
            }
        }
        yaml.append("routes:\n");
        for (Fleet fleet : fleets.values()) {
            String route = fleet.route.isBlank() ? "" : ", " + fleet.route;
            yaml.append("  %1$s: { listener: edge, path: /%1$s, to: %1$s%2$s }%n".formatted(fleet.service, route));
        }
        return switch (ConfigReader.create().readText("simulation.yaml", yaml.toString())) {
            case Loaded.Accepted accepted -> accepted.configuration();
            case Loaded.Rejected rejected ->
                throw new IllegalArgumentException("The scenario's settings are not right: " + rejected.problems());
        };
    }

    /** Clients of a service, who reach it through these Parleys. */
    public Crowd crowd(String service, List<SimulatedParley> through, Crowd.Habits habits, Timeline timeline) {
        List<Entrance> entrances = through.stream()
                .map(parley -> parley.entrance(service, timeline))
                .toList();
        return new Crowd(agenda, entrances, habits, timeline, seeds.nextLong());
    }

    /** Has something happen so many seconds after the beginning. */
    public void at(double seconds, Runnable what) {
        agenda.at(ns(seconds), (kind, ticket, nowNs) -> what.run(), 0, 0);
    }

    /** Runs until so many seconds after the beginning. */
    public void runUntil(double seconds) {
        agenda.runUntil(ns(seconds));
    }

    private static long ns(double seconds) {
        return Agenda.START_NS + (long) (seconds * 1e9);
    }

    /** A second of its own seeded sequence, for who draws beside the world. */
    public long nextSeed() {
        return seeds.nextLong();
    }

    public Agenda agenda() {
        return agenda;
    }

    public List<SimulatedParley> parleys() {
        return parleys;
    }

    /** A timeline of the steps that most plots have. */
    public static Timeline timeline() {
        return new Timeline(Duration.ofMillis(500));
    }
}
