package dev.parley.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Factor;
import dev.parley.model.Locality;
import dev.parley.model.Percent;
import dev.parley.model.Rebalance;
import java.time.Duration;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RebalancingTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Rebalance TENTH_A_MINUTE =
            new Rebalance(new Percent(10), new Percent(20), Duration.ofMinutes(1));
    private static final Locality LOCALITY = new Locality(true, new Factor(1.4), 1, new Percent(50), Duration.ZERO);

    /** Loops that carry connections to endpoints; what ends begins anew at the endpoint with the fewest. */
    private static final class Loops {
        final int[][] carried;
        final FastRandom[] randoms;
        private final double[] shares;

        Loops(int loops, int endpoints) {
            carried = new int[loops][endpoints];
            randoms = new FastRandom[loops];
            for (int i = 0; i < loops; i++) {
                randoms[i] = new FastRandom(Pool.SEED + i);
            }
            shares = new double[endpoints];
            Arrays.fill(shares, 1.0 / endpoints);
        }

        int at(int endpoint) {
            return Arrays.stream(carried).mapToInt(loop -> loop[endpoint]).sum();
        }

        int all() {
            return Arrays.stream(carried)
                    .mapToInt(loop -> Arrays.stream(loop).sum())
                    .sum();
        }

        /** One second; answers how many ended. */
        int second(Rebalance settings) {
            int ended = 0;
            for (int loop = 0; loop < carried.length; loop++) {
                for (int endpoint = 0; endpoint < shares.length; endpoint++) {
                    int own = carried[loop][endpoint];
                    int due = Rebalancing.due(
                            settings, own, at(endpoint), all(), shares[endpoint], SECOND, randoms[loop]);
                    assertThat(due).isBetween(0, own);
                    carried[loop][endpoint] -= due;
                    for (int i = 0; i < due; i++) {
                        carried[loop][fewest()]++;
                    }
                    ended += due;
                }
            }
            return ended;
        }

        private int fewest() {
            int fewest = 0;
            for (int i = 1; i < shares.length; i++) {
                fewest = at(i) < at(fewest) ? i : fewest;
            }
            return fewest;
        }
    }

    @Test
    void endsTheStatedShareOfAnEndpointInAMinute() {
        Loops loops = new Loops(4, 3);
        for (int[] loop : loops.carried) {
            loop[0] = 250;
            loop[1] = 250;
        }
        int ended = 0;
        for (int second = 0; second < 60; second++) {
            ended += loops.second(TENTH_A_MINUTE);
        }
        assertThat(ended).as("a tenth of 2000, seed %d", Pool.SEED).isBetween(160, 230);
    }

    @Test
    void evensOutAndThenRests() {
        Loops loops = new Loops(2, 3);
        loops.carried[0][0] = 300;
        loops.carried[1][1] = 300;
        for (int second = 0; second < 1200; second++) {
            loops.second(TENTH_A_MINUTE);
        }
        for (int endpoint = 0; endpoint < 3; endpoint++) {
            assertThat(loops.at(endpoint)).as("seed %d", Pool.SEED).isBetween(120, 240);
        }
        int ended = 0;
        for (int second = 0; second < 600; second++) {
            ended += loops.second(TENTH_A_MINUTE);
        }
        assertThat(ended).as("within the tolerance nothing moves").isZero();
    }

    @Test
    void movesOneOfTwoAndLeavesWhatCannotBeDivided() {
        Rebalance eager = new Rebalance(new Percent(100), new Percent(20), Duration.ZERO);
        Loops two = new Loops(1, 2);
        two.carried[0][0] = 2;
        Loops three = new Loops(1, 2);
        three.carried[0][0] = 2;
        three.carried[0][1] = 1;
        for (int second = 0; second < 600; second++) {
            two.second(eager);
            assertThat(three.second(eager)).isZero();
        }
        assertThat(two.carried[0]).containsExactly(1, 1);
    }

    @Test
    void givesSharesByLevelAndWeightOfWhatIsUp() {
        Pool pool = Pool.placed("a0*3", "a0*1", "a0*2", "b0", "b1");
        Offset<Double> exact = Offset.offset(1e-9);
        var levels = pool.plan(LOCALITY, 0).levels();
        double[] shares = pool.endpoints.stream()
                .mapToDouble(endpoint -> Rebalancing.share(levels, endpoint))
                .toArray();
        assertThat(shares).containsExactly(new double[] {0.5, 1 / 6.0, 1 / 3.0, 0, 0}, exact);
        pool.down(0);
        var rest = pool.plan(LOCALITY, 0).levels();
        assertThat(Rebalancing.share(rest, pool.endpoints.get(0))).isZero();
        assertThat(Rebalancing.share(rest, pool.endpoints.get(2))).isCloseTo(0.7 * 2 / 3, exact);
        assertThat(Rebalancing.share(rest, pool.endpoints.get(3))).isCloseTo(0.3, exact);
    }

    @Test
    void emptiesWhatTakesNoTraffic() {
        int ended = Rebalancing.due(
                new Rebalance(new Percent(100), new Percent(20), Duration.ZERO),
                60,
                60,
                60,
                0,
                60 * SECOND,
                new FastRandom(Pool.SEED));
        assertThat(ended).isEqualTo(60);
    }
}
