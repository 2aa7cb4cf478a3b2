package dev.parley.proxy.outlier;

import dev.parley.proxy.upstream.Outcomes;

/**
 * What became of an endpoint's requests within the last so many seconds: what was counted until now, less what was counted until
 * then. At most {@link #MARKS} moments are kept to subtract from, a tenth of the window apart.
 */
final class Window {
    /** Ten tenths, the moment that the window begins at, and the one that is being left. */
    private static final int MARKS = 12;

    private final Outcomes outcomes;
    private final Mark[] marks = new Mark[MARKS];
    private int first;
    private int count;
    private Mark total;

    Window(Outcomes outcomes, long nowNs) {
        this.outcomes = outcomes;
        this.total = Mark.NOTHING;
        restart(nowNs);
    }

    /** The sums at one moment, or the differences of two. */
    private record Mark(long atNs, long successes, long failures, long answers, long answersNs) {
        static final Mark NOTHING = new Mark(0, 0, 0, 0, 0);

        static Mark of(Outcomes outcomes, long nowNs) {
            return new Mark(nowNs, outcomes.successes(), outcomes.failures(), outcomes.answers(), outcomes.answersNs());
        }

        Mark since(Mark before) {
            return new Mark(
                    atNs,
                    successes - before.successes,
                    failures - before.failures,
                    answers - before.answers,
                    answersNs - before.answersNs);
        }
    }

    /** Forgets what was before. */
    void restart(long nowNs) {
        first = 0;
        count = 1;
        marks[0] = Mark.of(outcomes, nowNs);
        total = Mark.NOTHING;
    }

    /** Moves on. Where nobody moved it for longer than the window is, it reaches back to when it last was. */
    void advance(long nowNs, long windowNs) {
        while (count > 1 && nowNs - marks[first].atNs > windowNs) {
            first = (first + 1) % MARKS;
            count--;
        }
        Mark now = Mark.of(outcomes, nowNs);
        total = now.since(marks[first]);
        if (nowNs - marks[(first + count - 1) % MARKS].atNs >= windowNs / 10) {
            if (count == MARKS) {
                first = (first + 1) % MARKS;
                count--;
            }
            marks[(first + count) % MARKS] = now;
            count++;
        }
    }

    /** The share that failed of the requests since the last mark, up to this moment, from 0 to 1; 0 where there was none. */
    double recentFailures() {
        Mark last = marks[(first + count - 1) % MARKS];
        long failures = outcomes.failures() - last.failures;
        long requests = failures + outcomes.successes() - last.successes;
        return requests == 0 ? 0 : (double) failures / requests;
    }

    long requests() {
        return total.successes + total.failures;
    }

    /** The share of requests that went well, from 0 to 1; 1 where there was none. */
    double success() {
        return requests() == 0 ? 1 : (double) total.successes / requests();
    }

    /** Answers that say how long it takes. */
    long answers() {
        return total.answers;
    }

    double meanNs() {
        return total.answers == 0 ? 0 : (double) total.answersNs / total.answers;
    }
}
