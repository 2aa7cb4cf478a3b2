package dev.parley.proxy.snapshot;

import dev.parley.model.Criticality;
import dev.parley.model.Retries;
import dev.parley.model.Route;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.exchange.LocalAnswer;
import dev.parley.proxy.idempotency.KeyRules;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.route.PathRewrite;
import dev.parley.proxy.route.RedirectLocation;
import dev.parley.proxy.route.WeightedChoice;
import dev.parley.telemetry.metrics.RouteMetrics;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A route as exchanges see it: its verdict and its edits, ready to use. */
public final class RouteView {
    /** Longest Location that a redirect answers with: what a request's target may be, and a host. */
    private static final int LOCATION_BYTES = 16 * 1024;

    private final String name;
    private final Label label;
    private final RouteMetrics metrics;
    private final FieldEdits requestEdits;
    private final FieldEdits responseEdits;
    private final @Nullable PathRewrite rewrite;
    private final @Nullable WeightedChoice<Verdict> forwards;
    private final @Nullable Verdict local;
    private final @Nullable RedirectLocation redirect;
    private final int redirectStatus;
    private final int port;
    private final @Nullable LocalAnswer answer;
    private final @Nullable ServiceView mirror;
    private final int mirrorPercent;
    private final long budgetNs;
    private final @Nullable KeyRules keys;
    private final Criticality criticality;
    private final RateLimits rateLimits;

    RouteView(
            String name,
            Route route,
            int port,
            RouteMetrics metrics,
            Map<String, ServiceView> services,
            RateLimits rateLimits) {
        this.name = name;
        this.label = Label.of(name);
        this.metrics = metrics;
        this.port = port;
        requestEdits = route.request().map(FieldEdits::compile).orElse(FieldEdits.NONE);
        responseEdits = route.response().map(FieldEdits::compile).orElse(FieldEdits.NONE);
        rewrite = route.rewrite()
                .map(edit -> PathRewrite.of(edit, route.matchedPath()))
                .orElse(null);
        forwards = route.to().map(to -> choice(to, route.retries(), services)).orElse(null);
        redirect = route.redirect()
                .map(edit -> RedirectLocation.of(edit, route.matchedPath()))
                .orElse(null);
        redirectStatus = route.redirect().map(Route.Redirect::status).orElse(0);
        answer = route.answer().map(RouteView::fixed).orElse(null);
        local = redirect != null ? new Verdict.Redirect(this) : answer != null ? new Verdict.Answer(this) : null;
        mirror = route.mirror().map(to -> services.get(to.service())).orElse(null);
        mirrorPercent = route.mirror().map(Route.Mirror::percent).orElse(0);
        criticality = route.criticality();
        this.rateLimits = rateLimits;
        keys = route.idempotency().map(settings -> new KeyRules(name, settings)).orElse(null);
        budgetNs = route.budget().map(Duration::toNanos).orElse(0L);
    }

    private WeightedChoice<Verdict> choice(
            Route.Destination to, Optional<Retries> retries, Map<String, ServiceView> services) {
        List<Verdict> verdicts = new ArrayList<>();
        List<Integer> weights = new ArrayList<>();
        to.services().forEach((service, weight) -> {
            ServiceView view = services.get(service);
            if (view == null) {
                throw new IllegalArgumentException(
                        "Route " + name + " goes to service " + service + ", which is not there.");
            }
            verdicts.add(new Verdict.Forward(
                    this, view, retries.orElse(view.settings().retries())));
            weights.add(weight);
        });
        return WeightedChoice.of(verdicts, weights);
    }

    private static LocalAnswer fixed(Route.Answer answer) {
        return LocalAnswer.fixed(
                answer.status(),
                answer.type().getBytes(StandardCharsets.US_ASCII),
                answer.body().getBytes(StandardCharsets.UTF_8));
    }

    public String name() {
        return name;
    }

    public Label label() {
        return label;
    }

    public RouteMetrics metrics() {
        return metrics;
    }

    /** How long a request may take in all, in nanoseconds; 0 where that is for the caller to say. */
    public long budgetNs() {
        return budgetNs;
    }

    /** When its requests are refused, of all that are under overload. */
    public Criticality criticality() {
        return criticality;
    }

    /** How often it may be used. */
    public RateLimits rateLimits() {
        return rateLimits;
    }

    /** What holds for idempotency keys; null where they are not looked at. */
    public @Nullable KeyRules keys() {
        return keys;
    }

    /** What this route says is to be done; a draw where it goes to several services. */
    public Verdict verdict(FastRandom random) {
        if (forwards != null) {
            return forwards.pick(random.nextLong());
        }
        if (local == null) {
            throw new AssertionError("a route forwards or answers");
        }
        return local;
    }

    public FieldEdits requestEdits() {
        return requestEdits;
    }

    public FieldEdits responseEdits() {
        return responseEdits;
    }

    public @Nullable PathRewrite rewrite() {
        return rewrite;
    }

    public int redirectStatus() {
        return redirectStatus;
    }

    /** The Location of this route's redirect; the root where it would be longer than {@value #LOCATION_BYTES} bytes. */
    public byte[] redirectLocation(RequestHead head, boolean secure) {
        byte[] location = new byte[LOCATION_BYTES];
        int length = redirect == null ? -1 : redirect.write(head, secure, port, location, 0);
        return length < 0 ? new byte[] {'/'} : Arrays.copyOf(location, length);
    }

    /** The answer of a route that gives a fixed one. */
    public LocalAnswer fixedAnswer() {
        if (answer == null) {
            throw new AssertionError("only a route with an answer is asked for it");
        }
        return answer;
    }

    /** The service that gets a copy of this request; null for none. */
    public @Nullable ServiceView mirror(FastRandom random) {
        return mirror != null && random.nextInt(100) < mirrorPercent ? mirror : null;
    }
}
