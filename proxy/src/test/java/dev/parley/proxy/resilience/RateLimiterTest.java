package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Rate;
import dev.parley.model.RateLimit;
import dev.parley.proxy.message.HeadBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final long KEY = 0x9E3779B97F4A7C15L;

    @Test
    void letsTheBurstInAtOnceAndThenTheRate() {
        RateLimiter limiter = new RateLimiter(limit("10/s", 5, "all", 1));
        assertThat(letIn(limiter, 0, 100, 0)).isEqualTo(5);
        assertThat(limiter.take(0, 0)).isEqualTo(100 * MS);
        assertThat(limiter.take(0, 99 * MS)).isEqualTo(MS);
        assertThat(limiter.take(0, 100 * MS)).isEqualTo(RateLimiter.LET_IN);
        assertThat(letIn(limiter, 0, 100, 10 * SECOND)).isEqualTo(5);
    }

    @Test
    void isFullAtFirstWhereverTheClockBegins() {
        for (long start : new long[] {0, -SECOND, Long.MIN_VALUE / 2, Long.MAX_VALUE / 4, Long.MAX_VALUE - 1}) {
            RateLimiter limiter = new RateLimiter(limit("1/h", 3, "address", 10));
            assertThat(letIn(limiter, 0, 10, start)).as("all, from %d", start).isEqualTo(3);
            assertThat(letIn(limiter, KEY, 10, start))
                    .as("a key, from %d", start)
                    .isEqualTo(3);
        }
    }

    @Test
    void capacityWithoutBurstIsWhatOneSecondAllows() {
        assertThat(letIn(new RateLimiter(limit("100/s", 0, "all", 1)), 0, 1_000, 0))
                .isEqualTo(100);
        assertThat(letIn(new RateLimiter(limit("30/m", 0, "all", 1)), 0, 1_000, 0))
                .isEqualTo(1);
    }

    @Test
    void doesNotOverflowWithTheLargestBurstOfTheSlowestRate() {
        RateLimiter limiter = new RateLimiter(limit("1/h", 1_000_000_000, "all", 1));
        assertThat(letIn(limiter, 0, 10_000, 0)).isEqualTo(10_000);
        assertThat(limiter.take(0, 0)).isEqualTo(RateLimiter.LET_IN);
    }

    @Test
    void saysWhatRemainsAndWhenThereIsMore() {
        RateLimiter limiter = new RateLimiter(limit("10/s", 5, "address", 10));
        assertThat(limiter.remaining(KEY, 0)).isEqualTo(5);
        assertThat(letIn(limiter, KEY, 2, 0)).isEqualTo(2);
        assertThat(limiter.remaining(KEY, 0)).isEqualTo(3);
        assertThat(limiter.resetNs(KEY, 0)).isEqualTo(100 * MS);
        assertThat(limiter.resetNs(KEY, 30 * MS)).isEqualTo(70 * MS);
        assertThat(letIn(limiter, KEY, 5, 30 * MS)).isEqualTo(3);
        assertThat(limiter.remaining(KEY, 30 * MS)).isZero();
        assertThat(limiter.take(KEY, 30 * MS)).isEqualTo(limiter.resetNs(KEY, 30 * MS));
        assertThat(limiter.remaining(KEY + 1, 30 * MS)).as("another's").isEqualTo(5);
    }

    @Test
    void keepsCallersApart() {
        RateLimiter limiter = new RateLimiter(limit("1/m", 2, "caller", 1_000));
        SplittableRandom random = new SplittableRandom(5);
        long[] keys = random.longs(500).toArray();
        for (long key : keys) {
            assertThat(letIn(limiter, key, 10, 0)).isEqualTo(2);
        }
        for (long key : keys) {
            assertThat(limiter.take(key, SECOND)).isEqualTo(29 * SECOND + 30 * SECOND);
        }
    }

    @Test
    void reusesBucketsThatAreFullAgainAndForgetsTheFullestWhereNoneIs() {
        RateLimiter limiter = new RateLimiter(limit("1/s", 2, "address", 1));
        // One set of eight: seven callers with an empty bucket, one with a token left.
        for (long key = 1; key <= 7; key++) {
            assertThat(letIn(limiter, key, 3, 0)).isEqualTo(2);
        }
        assertThat(letIn(limiter, 8, 1, 0)).isEqualTo(1);
        assertThat(letIn(limiter, 9, 3, 0)).isEqualTo(2);
        for (long key = 1; key <= 7; key++) {
            assertThat(limiter.take(key, 0)).as("key %d is kept", key).isEqualTo(SECOND);
        }
        for (long key = 100; key < 108; key++) {
            assertThat(letIn(limiter, key, 3, 2 * SECOND))
                    .as("all are full again")
                    .isEqualTo(2);
        }
    }

    @Test
    void aFloodOfKeysNeverTakesMoreMemory() {
        RateLimiter limiter = new RateLimiter(limit("1/h", 1, "address", 64));
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 100_000; i++) {
            assertThat(limiter.take(random.nextLong() | 1, i)).isEqualTo(RateLimiter.LET_IN);
        }
    }

    @Test
    void neverLetsMoreInThanCapacityAndRateWhateverTheNumberOfThreads() throws InterruptedException {
        RateLimiter all = new RateLimiter(limit("1000/s", 50, "all", 1));
        AtomicLong clock = new AtomicLong();
        AtomicLong letIn = new AtomicLong();
        Threads.run(4, thread -> {
            for (int i = 0; i < 100_000; i++) {
                if (all.take(0, clock.addAndGet(5_000)) == RateLimiter.LET_IN) {
                    letIn.incrementAndGet();
                }
            }
        });
        double allowed = 50 + clock.get() / 1e9 * 1_000;
        assertThat((double) letIn.get()).isBetween(allowed * 0.99, allowed + 1);
    }

    @Test
    void holdsForEachCallerWhileSlotsChangeHands() throws InterruptedException {
        // Eight slots and sixteen callers whose buckets are full again at once: slots are given away all the time, and
        // a caller
        // that falls out has a full bucket and would have nothing to gain.
        RateLimiter limiter = new RateLimiter(limit("1000000/s", 1, "address", 1));
        AtomicLong clock = new AtomicLong();
        AtomicLongArray letIn = new AtomicLongArray(16);
        Threads.run(4, thread -> {
            SplittableRandom random = new SplittableRandom(thread);
            for (int i = 0; i < 200_000; i++) {
                int key = random.nextInt(16);
                if (limiter.take(key + 1, clock.addAndGet(2_000)) == RateLimiter.LET_IN) {
                    letIn.incrementAndGet(key);
                }
            }
        });
        double allowed = 1 + clock.get() / 1e3;
        for (int key = 0; key < 16; key++) {
            assertThat((double) letIn.get(key)).isBetween(1_000.0, allowed);
        }
    }

    @Test
    void holdsForCallersThatAreKeptWhileManyThreadsTakeTheirFirst() throws InterruptedException {
        for (int round = 0; round < 300; round++) {
            RateLimiter limiter = new RateLimiter(limit("1/h", 3, "address", 4));
            AtomicLongArray letIn = new AtomicLongArray(4);
            Threads.run(4, thread -> {
                for (int i = 0; i < 40; i++) {
                    int key = (i + thread) % 4;
                    if (limiter.take(key + 1, i) == RateLimiter.LET_IN) {
                        letIn.incrementAndGet(key);
                    }
                }
            });
            for (int key = 0; key < 4; key++) {
                assertThat(letIn.get(key)).as("round %d, key %d", round, key).isEqualTo(3);
            }
        }
    }

    @Test
    void writesTheFieldsOfTheDraft() {
        RateLimitFields fields = new RateLimitFields("route pay", limit("100/m", 10, "all", 1));
        HeadBuffer out = new HeadBuffer();
        fields.write(out, 7, 1_500 * MS);
        RateLimitFields.writeRetryAfter(out, 1);
        RateLimitFields.writeRetryAfter(out, 2_000_000_001L);
        assertThat(text(out))
                .isEqualTo("RateLimit-Policy: \"route pay\";q=100;w=60\r\nRateLimit: \"route pay\";r=7;t=2\r\n"
                        + "Retry-After: 1\r\nRetry-After: 3\r\n");
    }

    @Test
    void aBurstAboveTheRateIsTheQuotaOfTheTimeInWhichItFills() {
        HeadBuffer out = new HeadBuffer();
        new RateLimitFields("a\"b\\c\u00e9", limit("10/s", 100, "all", 1)).write(out, 0, 0);
        assertThat(text(out))
                .isEqualTo("RateLimit-Policy: \"a\\\"b\\\\c?\";q=100;w=10\r\nRateLimit: \"a\\\"b\\\\c?\";r=0;t=0\r\n");
    }

    private static String text(HeadBuffer out) {
        return new String(out.bytes(), 0, out.end(), StandardCharsets.US_ASCII);
    }

    private static int letIn(RateLimiter limiter, long key, int asked, long nowNs) {
        int count = 0;
        for (int i = 0; i < asked; i++) {
            count += limiter.take(key, nowNs) == RateLimiter.LET_IN ? 1 : 0;
        }
        return count;
    }

    private static RateLimit limit(String rate, int burst, String by, int keys) {
        return new RateLimit(Rate.parse(rate), burst, RateLimit.By.parse(by), keys);
    }
}
