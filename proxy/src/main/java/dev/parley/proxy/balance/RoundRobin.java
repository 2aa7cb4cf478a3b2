package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Each in its turn, by weight, evenly spread: all event loops walk one schedule with one atomic counter, so that the
 * turns are those of the service and not of each loop.
 *
 * <p>The schedule is one round written down: the order in which an earliest-deadline-first scheduler would pick (Envoy's,
 * gRPC proposal A31). gRPC's static stride scheduler (its A58) needs no schedule, but skips through the members for as
 * many steps as the heaviest weight is above the mean; here a pick is one read, whatever the weights.
 *
 * <p>A round has as many turns as the reduced weights sum to. Above {@link #MOST_TURNS} shares are rounded to that many,
 * each member having one at least.
 */
final class RoundRobin implements Balancer {
    private static final int MOST_TURNS = 16_384;
    private static final int MEMBER_BITS = 24;

    private final Rotation rotation;
    private final int[] schedule;
    private final AtomicLong turn;

    /** {@code seed} chooses where the round begins, else every change would favour the first members. */
    RoundRobin(Rotation rotation, long seed) {
        this.rotation = rotation;
        this.schedule = schedule(rotation);
        this.turn = new AtomicLong(KeyHash.mix(seed) >>> 2);
    }

    @Override
    public @Nullable Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried) {
        for (int draw = 0; draw <= Rotation.REDRAWS; draw++) {
            int member = schedule[(int) (turn.getAndIncrement() % schedule.length)];
            if (rotation.usable(member, tried)) {
                return rotation.endpoint(member);
            }
        }
        return rotation.endpointOrNull(rotation.scan(random.nextInt(rotation.size()), tried));
    }

    private static int[] schedule(Rotation rotation) {
        int[] turns = turns(rotation);
        int length = Arrays.stream(turns).sum();
        long[] deadlines = new long[length];
        int at = 0;
        for (int member = 0; member < turns.length; member++) {
            // Each member starts its turns at another phase, so that light ones do not all meet in the middle.
            double phase = ((member * KeyHash.GOLDEN) >>> 11) * 0x1p-53;
            for (int k = 0; k < turns[member]; k++) {
                long deadline = (long) ((k + phase) / turns[member] * (1L << 38));
                deadlines[at++] = (deadline << MEMBER_BITS) | member;
            }
        }
        Arrays.sort(deadlines);
        int[] schedule = new int[length];
        for (int i = 0; i < length; i++) {
            schedule[i] = (int) deadlines[i] & ((1 << MEMBER_BITS) - 1);
        }
        return schedule;
    }

    private static int[] turns(Rotation rotation) {
        long divisor = 0;
        long total = 0;
        for (int member = 0; member < rotation.size(); member++) {
            divisor = gcd(rotation.weight(member), divisor);
            total += rotation.weight(member);
        }
        int[] turns = new int[rotation.size()];
        for (int member = 0; member < turns.length; member++) {
            long weight = rotation.weight(member);
            turns[member] = total / divisor <= MOST_TURNS
                    ? (int) (weight / divisor)
                    : (int) Math.max(1, Math.round((double) weight * MOST_TURNS / total));
        }
        return turns;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
