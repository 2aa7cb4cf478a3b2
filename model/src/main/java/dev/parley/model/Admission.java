package dev.parley.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a configuration may be served: the checks that need more than one record, namely references, conflicts, and
 * what a listener's protocol rules out. Pure, and the same wherever a configuration comes from.
 *
 * <p>The work grows linearly with routes, services and endpoints, so that ten thousand of them are no reason to skip a
 * check.
 */
public final class Admission {
    /** A guess looks at every name, so a configuration in which nothing fits gets this many and no more. */
    private static final int MOST_GUESSES = 100;

    private final Configuration configuration;
    private final Set<String> damaged;
    private final List<Problem> problems = new ArrayList<>();
    private int guesses;

    private Admission(Configuration configuration, Set<String> damaged) {
        this.configuration = configuration;
        this.damaged = damaged;
    }

    /** Every problem of a whole configuration; none if it can be served. */
    public static List<Problem> check(Configuration configuration) {
        return check(configuration, Set.of());
    }

    /**
     * The problems of a configuration that could be read in part only.
     *
     * @param damaged the paths of entries of which something could not be read, {@code routes.payments}, {@code admin},
     *     be they in the configuration or not: they exist, so they may be referred to, but what they hold may not be what the user
     *     wrote, so that only the references in them are checked
     */
    public static List<Problem> check(Configuration configuration, Set<String> damaged) {
        Admission admission = new Admission(configuration, damaged);
        admission.references();
        admission.services();
        admission.addresses();
        admission.routes();
        return List.copyOf(admission.problems);
    }

    private boolean intact(String path) {
        return !damaged.contains(path);
    }

    private void references() {
        Collection<String> listeners =
                names("listeners.", configuration.listeners().keySet());
        Collection<String> services =
                names("services.", configuration.services().keySet());
        configuration.routes().forEach((name, route) -> {
            String path = "routes." + name;
            refer(path + ".listener", "listener", route.listener(), listeners);
            route.to().ifPresent(to -> {
                // Of one service the short form is usual, where the name is the value; else it is a key.
                Set<String> targets = to.services().keySet();
                targets.forEach(service ->
                        refer(path + ".to" + (targets.size() == 1 ? "" : "." + service), "service", service, services));
            });
            route.mirror().ifPresent(mirror -> refer(path + ".mirror.service", "service", mirror.service(), services));
        });
    }

    /** Names that exist, also those whose entry could not be read. */
    private Collection<String> names(String prefix, Set<String> read) {
        Set<String> names = new TreeSet<>(read);
        for (String path : damaged) {
            if (path.startsWith(prefix)) {
                names.add(path.substring(prefix.length()));
            }
        }
        return names;
    }

    private void refer(String path, String kind, String name, Collection<String> known) {
        // An empty name stands in for one that could not be read.
        if (known.contains(name) || (name.isEmpty() && !damaged.isEmpty())) {
            return;
        }
        String guess = guesses++ < MOST_GUESSES ? Suggestion.didYouMean(name, known) : "";
        problems.add(new Problem(
                "dangling-reference",
                path,
                "%s '%s' does not exist.".formatted(kind, name),
                known.isEmpty() ? "No %s is defined.".formatted(kind) : "",
                guess.isEmpty() ? "Define it under %ss, or name one that is there.".formatted(kind) : guess));
    }

    private void services() {
        configuration.services().forEach((name, service) -> {
            String path = "services." + name;
            if (intact(path)) {
                endpoints(path, service);
            }
        });
    }

    private void endpoints(String path, Service service) {
        if (service.endpoints().isEmpty()) {
            problems.add(new Problem(
                    "no-endpoints",
                    path,
                    "this service has no endpoints.",
                    "Every request to it would be answered 503.",
                    "Add endpoints: [host:port], or remove the service."));
        }
        Map<EndpointAddress, Integer> seen = new HashMap<>();
        for (int i = 0; i < service.endpoints().size(); i++) {
            EndpointAddress address = service.endpoints().get(i).address();
            Integer first = seen.putIfAbsent(address, i);
            if (first != null) {
                problems.add(new Problem(
                        "duplicate-endpoint",
                        "%s.endpoints[%d]".formatted(path, i),
                        "%s is given twice, first as endpoint %d.".formatted(address, first + 1),
                        "An endpoint has one state and one share.",
                        "Remove one, and give the other a weight if it is to get more."));
            }
        }
    }

    private void addresses() {
        AddressClaims claims = new AddressClaims(problems);
        Configuration.Admin admin = configuration.admin();
        if (admin.enabled() && intact("admin")) {
            claims.inet("admin", admin.address(), false, admin.port());
        }
        configuration.listeners().forEach((name, listener) -> {
            String path = "listeners." + name;
            if (intact(path)) {
                boolean udp = listener.protocol() == Listener.Protocol.UDP;
                listener.port().ifPresent(port -> claims.inet(path, listener.address(), udp, port));
                listener.unix().ifPresent(unix -> claims.unix(path, unix));
            }
        });
    }

    private void routes() {
        RouteRules rules = new RouteRules(problems);
        configuration.routes().forEach((name, route) -> {
            if (intact("routes." + name)) {
                rules.check(name, route);
            }
        });
        configuration.listeners().forEach((name, listener) -> {
            if (intact("listeners." + name)) {
                boolean tls = listener.tls().map(ListenerTls::passthrough).orElse(false);
                boolean udp = listener.protocol() == Listener.Protocol.UDP;
                boolean bytesOnly = udp
                        || listener.protocol() == Listener.Protocol.TCP
                        || listener.tls().map(each -> !each.terminates()).orElse(false);
                if (bytesOnly) {
                    String protocol = udp ? "udp" : "tcp";
                    RouteRules.requireNoHeader("listeners." + name, listener.rateLimits(), protocol, problems);
                    oneRoute(name, protocol);
                } else if (tls) {
                    undecrypted(name);
                }
            }
        });
        configuration.routes().forEach((name, route) -> {
            Listener on = configuration.listeners().get(route.listener());
            boolean handsOn =
                    on != null && on.tls().map(ListenerTls::passthrough).orElse(false);
            boolean known = on != null && intact("listeners." + route.listener()) && intact("routes." + name);
            if (known && !route.sni().isEmpty() && !handsOn) {
                problems.add(new Problem(
                        "sni-route",
                        "routes." + name + ".sni",
                        "listener '%s' hands no connection on undecrypted.".formatted(route.listener()),
                        "sni is looked at where tls: { passthrough: true } is.",
                        "Add passthrough: true to the listener's tls, or match host instead of sni."));
            }
        });
    }

    /** Routes by SNI on a listener that decrypts the rest. */
    private void undecrypted(String listener) {
        configuration.routes().forEach((name, route) -> {
            if (route.listener().equals(listener) && !route.sni().isEmpty() && intact("routes." + name)) {
                RouteRules.requireBare(name, route, "tcp", problems);
            }
        });
    }

    /** A listener whose protocol has no requests: one route takes all of it. */
    private void oneRoute(String listener, String protocol) {
        List<String> routes = configuration.routes().entrySet().stream()
                .filter(route -> route.getValue().listener().equals(listener))
                .map(Map.Entry::getKey)
                .toList();
        // A route that could not be read may be the one that is missing.
        boolean maybeUnread = damaged.stream()
                .anyMatch(path -> path.startsWith("routes.")
                        && !configuration.routes().containsKey(path.substring("routes.".length())));
        if (routes.isEmpty() && !maybeUnread) {
            problems.add(new Problem(
                    protocol + "-route",
                    "listeners." + listener,
                    "no route is on this %s listener.".formatted(protocol),
                    "A %s has nowhere to go.".formatted(protocol.equals("udp") ? "datagram" : "connection"),
                    "Add a route with listener: %s and to: a service.".formatted(listener)));
        }
        int nameless = 0;
        for (int i = 0; i < routes.size(); i++) {
            String name = routes.get(i);
            Route one = configuration.routes().get(name);
            nameless += one != null && one.sni().isEmpty() ? 1 : 0;
            if (nameless > 1 && one != null && one.sni().isEmpty()) {
                problems.add(new Problem(
                        protocol + "-route",
                        "routes." + name,
                        "'%s' is on %s listener '%s' already.".formatted(routes.getFirst(), protocol, listener),
                        "%s has nothing to tell two routes by.".formatted(protocol.toUpperCase(Locale.ROOT)),
                        "Keep one; to spread over services, give to a map of services to weights."));
            }
            Route route = configuration.routes().get(name);
            if (route != null && intact("routes." + name)) {
                RouteRules.requireBare(name, route, protocol, problems);
                if (protocol.equals("udp")) {
                    requireUdp(name, route);
                }
            }
        }
    }

    /** Datagrams are sent to ports: an endpoint that is a Unix socket could never be reached. */
    private void requireUdp(String routeName, Route route) {
        route.to()
                .ifPresent(to -> to.services().keySet().forEach(name -> {
                    Service service = configuration.services().get(name);
                    if (service != null && service.tls().isPresent()) {
                        problems.add(new Problem(
                                "udp-route",
                                "routes.%s.to".formatted(routeName),
                                "service '%s' has tls.".formatted(name),
                                "TLS is spoken on connections, not in datagrams.",
                                "Remove tls, or make another service of the same endpoints."));
                    }
                    boolean unix = service != null
                            && service.endpoints().stream()
                                    .anyMatch(each -> each.address() instanceof EndpointAddress.Unix);
                    if (unix) {
                        problems.add(new Problem(
                                "udp-route",
                                "routes.%s.to".formatted(routeName),
                                "service '%s' has an endpoint that is a Unix socket.".formatted(name),
                                "Datagrams go to ports alone.",
                                "Give its endpoints as host:port."));
                    }
                }));
    }
}
