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
    private final List<Service> services;
    private final List<Victim> victims;
    private int nextVictim;

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
            // One of these is ten times slower, so that balancing by latency has something to show.
            case HTTP -> service("orders", protocol, EchoService.class, ports, folder, "4", "4", "40");
            case GRPC -> service("payments", protocol, GrpcService.class, ports, folder, "4", "4");
            case WEBSOCKET -> service("chat", protocol, WebSocketService.class, ports, folder, "0", "0");
            case TCP -> service("echo", protocol, EchoTcp.class, ports, folder, "0", "0");
        };
    }

    private static Service service(
            String name, Protocol protocol, Class<?> main, FreePorts ports, Path folder, String... meanMs)
            throws IOException {
        List<ServiceProcess> processes = new ArrayList<>();
        for (String mean : meanMs) {
            processes.add(new ServiceProcess(name + "-" + (processes.size() + 1), ports.take(), main, folder, mean));
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
