package dev.parley.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/** The services of the demo and the processes that they run in. */
final class Cast implements AutoCloseable {
    /** What the TCP service is called; all others speak HTTP. */
    static final String TCP_SERVICE = "echo";

    private final Map<String, List<ServiceProcess>> services;
    private final List<ServiceProcess> victims;
    private int nextVictim;

    private Cast(Map<String, List<ServiceProcess>> services) {
        this.services = services;
        this.victims = inTurns(services);
    }

    /**
     * Starts all processes at once and returns when each listens.
     *
     * @param folder where their logs go
     */
    static Cast start(Path folder) throws IOException, InterruptedException {
        FreePorts ports = new FreePorts(RandomGenerator.getDefault());
        Map<String, List<ServiceProcess>> services = new LinkedHashMap<>();
        services.put("payments", http("payments", ports, folder, 4, 4, 4));
        // One of these is ten times slower, so that balancing by latency has something to show.
        services.put("orders", http("orders", ports, folder, 4, 4, 40));
        services.put(TCP_SERVICE, List.of(new ServiceProcess("echo-1", ports.take(), EchoTcp.class, folder)));
        Cast cast = new Cast(services);
        try {
            cast.startAll();
        } catch (IOException | InterruptedException | RuntimeException failure) {
            cast.close();
            throw failure;
        }
        return cast;
    }

    private static List<ServiceProcess> http(String service, FreePorts ports, Path folder, long... meanMs)
            throws IOException {
        List<ServiceProcess> processes = new ArrayList<>();
        for (long mean : meanMs) {
            String name = service + "-" + (processes.size() + 1);
            processes.add(new ServiceProcess(name, ports.take(), EchoService.class, folder, Long.toString(mean)));
        }
        return processes;
    }

    /** The HTTP endpoints in the order in which they are killed: one of each service, then the next of each. */
    private static List<ServiceProcess> inTurns(Map<String, List<ServiceProcess>> services) {
        List<List<ServiceProcess>> http = services.entrySet().stream()
                .filter(service -> !service.getKey().equals(TCP_SERVICE))
                .map(Map.Entry::getValue)
                .toList();
        int most = http.stream().mapToInt(List::size).max().orElse(0);
        List<ServiceProcess> turns = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            for (List<ServiceProcess> service : http) {
                if (i < service.size()) {
                    turns.add(service.get(i));
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

    /** The processes of each service, by its name. */
    Map<String, List<ServiceProcess>> services() {
        return services;
    }

    List<ServiceProcess> all() {
        return services.values().stream().flatMap(List::stream).toList();
    }

    /** The process that listens at an address. */
    Optional<ServiceProcess> at(String address) {
        return all().stream()
                .filter(process -> process.address().equals(address))
                .findFirst();
    }

    /**
     * Kills the next HTTP endpoint in turn, if any is alive. The TCP service has one endpoint and is spared: bytes of a
     * connection that broke cannot be sent again by anyone.
     */
    synchronized Optional<ServiceProcess> killNext() throws InterruptedException {
        for (int tried = 0; tried < victims.size(); tried++) {
            ServiceProcess victim = victims.get(nextVictim);
            nextVictim = (nextVictim + 1) % victims.size();
            if (victim.isAlive()) {
                victim.kill();
                return Optional.of(victim);
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
