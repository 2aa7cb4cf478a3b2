package dev.parley.simulation.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every scenario holds: with seeds that are always the same, and with one that nobody chose. */
class CatalogueTest {
    private static final long[] FIXED = {1, 20261121};

    static Stream<Arguments> runs() {
        long anew = new SecureRandom().nextInt(1, Integer.MAX_VALUE);
        System.out.println("The seed of this run is " + anew);
        return LongStream.concat(LongStream.of(FIXED), LongStream.of(anew))
                .boxed()
                .flatMap(seed -> Catalogue.small().stream().map(scenario -> Arguments.of(scenario, seed)));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("runs")
    void holds(Scenario scenario, long seed) {
        assertThat(scenario.run(seed).broken()).isEmpty();
    }

    @Test
    void ofAllSettingsThoseWithoutLimitsBreakWhatTheLimitsHold() {
        String off = "concurrency: off; outlier_detection: off; breaker: { error_rate: 100%, per_endpoint: false }";
        assertThat(new ThunderingHerd("limits off", off, 8, 10).run(1).broken())
                .first()
                .asString()
                .contains("seed 1", "Infinity s, at most 10 s");
        assertThat(new MetastableOverload("limits off", off, "", 8, true).run(1).broken())
                .isNotEmpty();
        assertThat(new Overload("limits off", off, 8, true).run(1).broken()).isNotEmpty();
    }

    @Test
    void unboundedRetriesMultiplyFromHopToHop() {
        String unbounded = "retries: { attempts: 2, statuses: [500, 503], budget: 100%, budget_floor: 1000000/s };"
                + " concurrency: off; outlier_detection: off; breaker: { error_rate: 100%, per_endpoint: false }";
        Result result = new DeadDependency("unbounded", unbounded, DeadDependency.Death.ERRS, 3, 1.2).run(1);
        assertThat(result.figure("attempts at back for each request")).isGreaterThan(10);
        assertThat(result.broken()).isNotEmpty();
    }

    @Test
    void roundRobinAloneKeepsSendingToASlowEndpoint() {
        Result result = new SlowNode("balance: round_robin; outlier_detection: off", 5, 0.5).run(1);
        assertThat(result.broken()).isNotEmpty();
        assertThat(result.figure("share of the slow node, of its fair share")).isBetween(0.95, 1.05);
    }

    @Test
    void theSameSeedIsTheSameRun() {
        List<Scenario> twice = List.of(new ZoneLoss("", 3), new GreyFailure("", 5, GreyFailure.Kind.ERRS_FAST, 0.3, 1));
        for (Scenario scenario : twice) {
            Result one = scenario.run(7);
            assertThat(one).hasToString(scenario.run(7).toString());
            assertThat(one.toString()).isNotEqualTo(scenario.run(8).toString());
        }
    }
}
