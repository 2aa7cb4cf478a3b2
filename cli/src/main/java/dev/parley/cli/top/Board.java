package dev.parley.cli.top;

import dev.parley.cli.status.LiveStatus;
import dev.parley.cli.status.LiveStatus.EndpointState;
import dev.parley.cli.status.LiveStatus.Happened;
import dev.parley.cli.status.LiveStatus.RouteState;
import dev.parley.cli.status.LiveStatus.ServiceState;
import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import dev.parley.cli.terminal.Ink.Tone;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Lays what {@code /status} said out as lines: services, routes, endpoints and events, the worst first, each within its share of
 * the height, and endpoints with what is left.
 */
public final class Board {
    private static final int LEAST_ENDPOINTS = 5;

    private final String address;
    private final ZoneId zone;
    private final Ink ink;

    /**
     * @param address of the Parley that is shown
     * @param zone that the times of events are told in
     */
    public Board(String address, ZoneId zone, Ink ink) {
        this.address = address;
        this.zone = zone;
        this.ink = ink;
    }

    /**
     * What a user has chosen to see.
     *
     * @param filter only endpoints and events that have this in their text; all where it is empty
     * @param scroll endpoints above the first that is shown
     */
    public record Choice(Order order, String filter, int scroll) {
        /** The worst endpoints of all. */
        public static final Choice USUAL = new Choice(Order.WORST, "", 0);

        boolean has(String text) {
            return text.toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT));
        }
    }

    /** A picture, and how many endpoints it shows at a time. */
    public record Picture(List<String> lines, int page) {}

    /** Everything, however long, as it is printed once. */
    public List<String> whole(LiveStatus status, Choice choice) {
        return compose(status, choice, List.of(), Heights.UNBOUNDED, Integer.MAX_VALUE)
                .lines();
    }

    /**
     * A picture for a terminal of this size.
     *
     * @param trouble why the picture may be old; empty where it is not
     */
    public Picture picture(LiveStatus status, Choice choice, String trouble, FullScreen.Size size) {
        List<String> notes = new ArrayList<>();
        if (!trouble.isEmpty()) {
            notes.add(ink.paint(Tone.BAD, cut(trouble, size.width())));
        }
        if (!status.problems().isEmpty()) {
            String first = status.problems().getFirst().lines().findFirst().orElse("");
            notes.add(ink.paint(Tone.BAD, cut("configuration rejected: " + Ink.printable(first), size.width())));
        }
        // One line is the head, and one the foot that whoever paints adds.
        return compose(status, choice, notes, Heights.of(size.height() - 2 - notes.size(), status), size.width());
    }

    /** Lines for each table, its heading not among them. */
    private record Heights(int services, int routes, int endpoints, int events) {
        static final Heights UNBOUNDED =
                new Heights(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

        static Heights of(int lines, LiveStatus status) {
            int services = Math.min(status.services().size(), Math.max(2, lines / 5));
            int routes = Math.min(status.routes().size(), Math.max(2, lines / 8));
            int events = Math.min(status.events().size(), Math.max(1, lines / 6));
            int headings = 2 + (routes > 0 ? 1 : 0) + (events > 0 ? 1 : 0);
            int left = lines - headings - services - routes - events;
            if (left < LEAST_ENDPOINTS && routes > 0) {
                left += routes + 1;
                routes = 0;
            }
            int endpoints = Math.clamp(endpointsOf(status).size(), 1, Math.max(1, left));
            // Where there are few endpoints, older events are of more use than empty lines.
            return new Heights(services, routes, endpoints, events + Math.max(0, left - endpoints));
        }
    }

    private Picture compose(LiveStatus status, Choice choice, List<String> notes, Heights heights, int width) {
        List<String> lines = new ArrayList<>();
        lines.add(cut(head(status), width));
        lines.addAll(notes);
        lines.addAll(services(status, heights.services(), width));
        if (heights.routes() > 0 && !status.routes().isEmpty()) {
            lines.addAll(routes(status, heights.routes(), width));
        }
        List<EndpointState> endpoints = endpoints(status, choice);
        int from = Math.clamp(choice.scroll(), 0, Math.max(0, endpoints.size() - heights.endpoints()));
        List<EndpointState> shown =
                endpoints.subList(from, (int) Math.min(endpoints.size(), (long) from + heights.endpoints()));
        lines.addAll(Tables.endpoints(status.now(), "SERVICE", EndpointState::service)
                .lines(endpoints, shown, width, ink));
        if (heights.events() > 0 && !status.events().isEmpty()) {
            lines.addAll(events(status, choice, heights.events(), width));
        }
        return new Picture(lines, heights.endpoints());
    }

    private String head(LiveStatus status) {
        double perSecond = status.services().stream()
                .mapToDouble(service -> service.lately().perSecond())
                .sum();
        long endpoints = endpointsOf(status).size();
        long up = status.services().stream().mapToLong(ServiceState::up).sum();
        return "Parley %s at %s  up %s  %s req/s  %d/%d endpoints up  revision %d%s"
                .formatted(
                        Ink.printable(status.version()),
                        address,
                        Figures.time(status.started(), status.now()),
                        Figures.rate(perSecond),
                        up,
                        endpoints,
                        status.revision(),
                        status.zone().isEmpty() ? "" : "  zone " + Ink.printable(status.zone()));
    }

    private List<String> services(LiveStatus status, int height, int width) {
        List<ServiceState> worst = status.services().stream()
                .sorted(Comparator.comparingInt((ServiceState service) -> Order.trouble(service))
                        .reversed())
                .toList();
        return bounded(
                Tables.services(status.now())
                        .lines(worst, worst.stream().limit(height).toList(), width, ink),
                worst.size(),
                height,
                "services");
    }

    private List<String> routes(LiveStatus status, int height, int width) {
        List<RouteState> worst = status.routes().stream()
                .sorted(Comparator.comparingDouble(RouteState::budgetsExceededPerSecond)
                        .reversed()
                        .thenComparingDouble(route -> route.lately().success()))
                .toList();
        return bounded(
                Tables.routes().lines(worst, worst.stream().limit(height).toList(), width, ink),
                worst.size(),
                height,
                "routes");
    }

    /** Says in the heading how much there is that is not shown. */
    private static List<String> bounded(List<String> lines, int all, int height, String what) {
        if (all <= height) {
            return lines;
        }
        List<String> told = new ArrayList<>(lines);
        told.set(height, "  ... %d more %s".formatted(all - height + 1, what));
        return told;
    }

    private static List<EndpointState> endpointsOf(LiveStatus status) {
        return status.services().stream()
                .flatMap(service -> service.endpoints().stream())
                .toList();
    }

    /** The endpoints that were chosen, in the order that was chosen. */
    public static List<EndpointState> endpoints(LiveStatus status, Choice choice) {
        return endpointsOf(status).stream()
                .filter(each -> choice.has(
                        String.join(" ", each.service(), each.address(), each.state(), each.zone(), each.reason())))
                .sorted(choice.order().comparator())
                .toList();
    }

    private List<String> events(LiveStatus status, Choice choice, int height, int width) {
        List<Happened> shown = status.events().stream()
                .filter(each -> choice.has(String.join(
                        " ", each.kind().replace('_', ' '), each.service(), each.endpoint(), each.reason())))
                .limit(height)
                .toList();
        return Tables.events(zone).lines(shown, shown, width, ink);
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, Math.max(0, width - 1)) + "…";
    }
}
