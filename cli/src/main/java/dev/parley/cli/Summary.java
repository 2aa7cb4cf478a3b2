package dev.parley.cli;

import dev.parley.config.Loaded;
import dev.parley.model.Configuration;
import dev.parley.model.Listener;
import dev.parley.model.Service;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a configuration holds and where it is served, in a few lines. */
final class Summary {
    /** Endpoints that are listed for one service; a hundred of them would hide the rest. */
    private static final int LISTED_ENDPOINTS = 6;

    private Summary() {}

    static String line(Path path, Loaded.Accepted loaded) {
        Configuration configuration = loaded.configuration();
        int endpoints = configuration.services().values().stream()
                .mapToInt(service -> service.endpoints().size())
                .sum();
        return "%s can be served: %s, %s with %s, %s%s."
                .formatted(
                        path,
                        count(configuration.listeners().size(), "listener"),
                        count(configuration.services().size(), "service"),
                        count(endpoints, "endpoint"),
                        count(configuration.routes().size(), "route"),
                        loaded.files().size() > 1
                                ? " from " + count(loaded.files().size(), "file")
                                : "");
    }

    /** What is served where, once Parley is up. */
    static void print(Program.UpOptions options, Running running, PrintWriter to) {
        Configuration configuration = options.loaded().configuration();
        to.println("Parley %s serves %s".formatted(Version.text(), options.path()));
        to.println();
        int width = widest(configuration);
        running.listeners().forEach((name, address) -> {
            Listener listener = configuration.listeners().get(name);
            String protocol = listener == null ? "" : listener.protocol().name().toLowerCase(Locale.ROOT);
            to.println("  listener  %s  %-4s  %s".formatted(pad(name, width), protocol, shown(address, protocol)));
        });
        for (Map.Entry<String, Service> service : configuration.services().entrySet()) {
            to.println("  service   %s  %s".formatted(pad(service.getKey(), width), endpoints(service.getValue())));
        }
        to.println("  routes    " + configuration.routes().size());
        running.admin().ifPresent(admin -> {
            String base = "http://" + hostAndPort(admin);
            to.println("  admin     %s/metrics  %s/status  %s/readyz".formatted(base, base, base));
        });
        to.println();
        to.println("Changes of the configuration apply live. Stop with Ctrl-C or SIGTERM.");
        to.flush();
    }

    private static int widest(Configuration configuration) {
        int listeners = configuration.listeners().keySet().stream()
                .mapToInt(String::length)
                .max()
                .orElse(0);
        int services = configuration.services().keySet().stream()
                .mapToInt(String::length)
                .max()
                .orElse(0);
        return Math.max(listeners, services);
    }

    private static String endpoints(Service service) {
        int count = service.endpoints().size();
        String listed = service.endpoints().stream()
                .limit(LISTED_ENDPOINTS)
                .map(endpoint -> endpoint.address().toString())
                .collect(Collectors.joining(", "));
        return count <= LISTED_ENDPOINTS ? listed : "%s and %d more".formatted(listed, count - LISTED_ENDPOINTS);
    }

    private static String shown(SocketAddress address, String protocol) {
        return switch (address) {
            case InetSocketAddress inet ->
                (protocol.equals("tcp") || protocol.equals("udp") ? "" : "http://") + hostAndPort(inet);
            case UnixDomainSocketAddress unix -> "unix:" + unix.getPath();
            default -> address.toString();
        };
    }

    /** An address as it can be pasted: a wildcard is not one that a client can connect to. */
    static String hostAndPort(InetSocketAddress address) {
        String host = address.getAddress().isAnyLocalAddress()
                ? "localhost"
                : address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
