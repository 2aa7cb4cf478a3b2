package dev.parley.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/** The services of the demo and the processes that they run in. */
final class Cast implements AutoCloseable {
    /** The zone that Parley is in. */
    static final String OWN_ZONE = "a";

    private static final String OTHER_ZONE = "b";
    private static final Place NOWHERE = new Place("", "0");

    private final List<Service> services;
    private final List<Victim> victims;
    private int nextVictim;

    /** Where an endpoint is, and how long it takes on average. */
    private record Place(String zone, String meanMs) {}

    /** An endpoint that may be killed. */
    private record Victim(Service service, ServiceProcess process) {}

    private Cast(List<Service> services) {
        this.services = List.copyOf(services);
        this.victims = inTurns(services);
    }

    /**
     * Starts all processes at once and returns when each listens.
     *
     * @param folder where their logs go
     */
    static Cast start(Path folder) throws IOException, InterruptedException {
        FreePorts ports = new FreePorts(RandomGenerator.getDefault());
        List<Service> services = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            services.add(service(protocol, ports, folder));
        }
        Cast cast = new Cast(services);
        try {
            cast.startAll();
        } catch (IOException | InterruptedException | RuntimeException failure) {
            cast.close();
            throw failure;
        }
        return cast;
    }

    private static Service service(Protocol protocol, FreePorts ports, Path folder) throws IOException {
        return switch (protocol) {
            // One of these is four times slower, so that balancing by latency has something to show; at five it would
            // be ejected.
            case HTTP ->
                service(
                        "orders",
                        protocol,
                        EchoService.class,
                        ports,
                        folder,
                        new Place(OWN_ZONE, "4"),
                        new Place(OWN_ZONE, "4"),
                        new Place(OWN_ZONE, "16"),
                        new Place(OTHER_ZONE, "4"));
            case GRPC ->
                service(
                        "payments",
                        protocol,
                        GrpcService.class,
                        ports,
                        folder,
                        new Place(OWN_ZONE, "4"),
                        new Place(OTHER_ZONE, "4"));
            case WEBSOCKET -> service("chat", protocol, WebSocketService.class, ports, folder, NOWHERE, NOWHERE);
            case TCP -> service("echo", protocol, EchoTcp.class, ports, folder, NOWHERE, NOWHERE);
        };
    }

    private static Service service(
            String name, Protocol protocol, Class<?> main, FreePorts ports, Path folder, Place... places)
            throws IOException {
        List<ServiceProcess> processes = new ArrayList<>();
        for (Place place : places) {
            String own = name + "-" + (processes.size() + 1);
            processes.add(new ServiceProcess(own, place.zone(), ports.take(), main, folder, place.meanMs()));
        }
        return new Service(name, protocol, processes);
    }

    /** The endpoints in the order in which they are killed: one of each service, then the next of each. */
    private static List<Victim> inTurns(List<Service> services) {
        int most = services.stream()
                .mapToInt(service -> service.processes().size())
                .max()
                .orElse(0);
        List<Victim> turns = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            for (Service service : services) {
                if (i < service.processes().size()) {
                    turns.add(new Victim(service, service.processes().get(i)));
                }
            }
        }
        return turns;
    }

    private void startAll() throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starts = new ArrayList<>();
            for (ServiceProcess process : all()) {
                starts.add(threads.submit(() -> {
                    process.start();
                    return process;
                }));
            }
            for (Future<?> start : starts) {
                start.get();
            }
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
    }

    List<Service> services() {
        return services;
    }

    /** The one service of a protocol. */
    Service service(Protocol protocol) {
        return services.stream()
                .filter(service -> service.protocol() == protocol)
                .findFirst()
                .orElseThrow();
    }

    /** The endpoints of the services of these protocols. */
    List<ServiceProcess> of(Protocol... protocols) {
        List<Protocol> wanted = List.of(protocols);
        return services.stream()
                .filter(service -> wanted.contains(service.protocol()))
                .flatMap(service -> service.processes().stream())
                .toList();
    }

    List<ServiceProcess> all() {
        return services.stream()
                .flatMap(service -> service.processes().stream())
                .toList();
    }

    /**
     * Kills the next endpoint in turn whose service has another one alive. The last of a service is spared: without it
     * there is nowhere to send to, and that requests then fail shows nothing.
     */
    synchronized Optional<ServiceProcess> killNext() throws InterruptedException {
        for (int tried = 0; tried < victims.size(); tried++) {
            Victim victim = victims.get(nextVictim);
            nextVictim = (nextVictim + 1) % victims.size();
            if (victim.process().isAlive() && victim.service().alive() > 1) {
                victim.process().kill();
                return Optional.of(victim.process());
            }
        }
        return Optional.empty();
    }

    /** Starts every process that is not alive. */
    synchronized List<ServiceProcess> restartDead() throws IOException, InterruptedException {
        List<ServiceProcess> restarted = new ArrayList<>();
        for (ServiceProcess process : all()) {
            if (!process.isAlive()) {
                process.start();
                restarted.add(process);
            }
        }
        return restarted;
    }

    @Override
    public void close() {
        all().forEach(ServiceProcess::close);
    }
}
