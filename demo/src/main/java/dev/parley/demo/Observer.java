package dev.parley.demo;

import dev.parley.cli.status.AdminAddress;
import dev.parley.cli.status.LiveStatus;
import dev.parley.cli.status.LiveStatus.EndpointState;
import dev.parley.cli.status.LiveStatus.Happened;
import dev.parley.cli.status.LiveStatus.ServiceState;
import dev.parley.cli.terminal.Ink;
import dev.parley.cli.top.Tables;
import java.net.InetSocketAddress;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Parley says of itself, as lines: the tables of {@code parley top}, with endpoints by the names of their processes. */
final class Observer implements AutoCloseable {
    /** Printed, a table is as wide as it likes; this is what a page of documentation has room for. */
    static final int PRINTED_WIDTH = 110;

    private final AdminAddress admin;
    private final Map<String, String> names = new HashMap<>();
    private final Ink ink;
    private Optional<LiveStatus> last = Optional.empty();

    Observer(InetSocketAddress admin, List<Service> services, Ink ink) {
        this.admin = new AdminAddress(admin.getAddress().getHostAddress() + ":" + admin.getPort());
        this.ink = ink;
        services.forEach(
                service -> service.processes().forEach(process -> names.put(process.address(), process.name())));
    }

    /** Asks Parley. Where it does not answer the picture stays as it is, and the load tells the rest. */
    void look() {
        if (admin.ask().join() instanceof AdminAddress.Told(LiveStatus status)) {
            last = Optional.of(status);
        }
    }

    /** How often Parley tried something of a service again since its start. */
    long retries(String service) {
        return last.stream()
                .flatMap(status -> status.services().stream())
                .filter(each -> each.name().equals(service))
                .mapToLong(ServiceState::retries)
                .sum();
    }

    /** The services, in the order of the configuration. */
    List<String> services(int width) {
        return last.map(status -> Tables.services(status.now()).lines(status.services(), status.services(), width, ink))
                .orElse(List.of());
    }

    /** The endpoints, in the order of the configuration. */
    List<String> endpoints(int width) {
        List<String> lines = new ArrayList<>();
        last.ifPresent(status -> {
            List<EndpointState> endpoints = status.services().stream()
                    .flatMap(service -> service.endpoints().stream())
                    .toList();
            lines.addAll(Tables.endpoints(status.now(), "ENDPOINT", endpoint -> name(endpoint.address()))
                    .lines(endpoints, endpoints, width, ink));
        });
        return lines;
    }

    /** The last few things that Parley says happened. */
    List<String> events(int count, int width) {
        return last.map(status -> {
                    List<Happened> latest =
                            status.events().stream().limit(count).toList();
                    return Tables.events(ZoneId.systemDefault()).lines(latest, latest, width, ink);
                })
                .orElse(List.of());
    }

    private String name(String address) {
        return names.getOrDefault(address, address);
    }

    @Override
    public void close() {
        admin.close();
    }
}
