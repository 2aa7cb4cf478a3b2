package dev.parley.simulation.world;

import dev.parley.model.Criticality;
import dev.parley.proxy.balance.FastRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Clients of one kind. They come as they like, at a rate ({@link #rate}: open, as the users of a web are), or are so many who
 * wait for an answer and think before they ask again ({@link #users}: closed, as a pool of workers is).
 */
public final class Crowd {
    private static final int ARRIVE = 1;
    private static final int TIMED_OUT = 2;
    private static final int AGAIN = 3;

    private final Agenda agenda;
    private final List<? extends Entrance> entrances;
    private final Habits habits;
    private final Timeline timeline;
    private final FastRandom random;
    private final Deque<Call> free = new ArrayDeque<>();
    private final Actor arrivals = this::arrive;
    private double perSecond;
    private int arrivalsTicket;
    private int keys = 1 << 20;

    /**
     * How clients behave.
     *
     * @param timeout how long they wait for one try
     * @param retries how often they try again on their own, whatever went wrong, as clients do that know no better
     * @param pause before they do so
     * @param statesBudget whether they say how long they will wait
     */
    public record Habits(Duration timeout, int retries, Duration pause, boolean statesBudget, Criticality criticality) {
        /** Waits a second, says so, and does not try again. */
        public static Habits patient(Duration timeout) {
            return new Habits(timeout, 0, Duration.ZERO, true, Criticality.CRITICAL);
        }

        /** Tries again at once, as often as this, and never says how long it waits. */
        public static Habits naive(Duration timeout, int retries) {
            return new Habits(timeout, retries, Duration.ZERO, false, Criticality.CRITICAL);
        }

        /** The same, for traffic of another criticality. */
        public Habits as(Criticality other) {
            return new Habits(timeout, retries, pause, statesBudget, other);
        }
    }

    /** @param entrances each request goes to one of them, each as likely as the next */
    public Crowd(Agenda agenda, List<? extends Entrance> entrances, Habits habits, Timeline timeline, long seed) {
        this.agenda = agenda;
        this.entrances = List.copyOf(entrances);
        this.habits = habits;
        this.timeline = timeline;
        this.random = new FastRandom(seed);
    }

    /** What these clients saw. */
    public Timeline timeline() {
        return timeline;
    }

    /** How many different keys their requests have, for balancing by hash. */
    public Crowd keys(int count) {
        keys = count;
        return this;
    }

    /** So many requests begin in a second from now on, at random times (a Poisson process). */
    public void rate(double requestsPerSecond) {
        perSecond = requestsPerSecond;
        arrivalsTicket++;
        if (perSecond > 0) {
            nextArrival();
        }
    }

    /** So many more clients ask, wait for what comes of it, and think for {@code think} on average. */
    public void users(int count, Duration think) {
        for (int i = 0; i < count; i++) {
            Call call = new Call(Optional.of(think));
            agenda.after((long) Draws.exponential(random, (double) think.toNanos()), call, AGAIN, call.ticket);
        }
    }

    private void nextArrival() {
        agenda.after((long) Draws.exponential(random, 1e9 / perSecond), arrivals, ARRIVE, arrivalsTicket);
    }

    private void arrive(int what, int ticket, long nowNs) {
        if (ticket == arrivalsTicket) {
            nextArrival();
            Call call = free.isEmpty() ? new Call(Optional.empty()) : free.pop();
            call.begin(nowNs);
        }
    }

    /** One request of one client, with all tries. */
    private final class Call implements Actor, Requester {
        private final Optional<Duration> think;
        private boolean thinking;
        private int ticket;
        private long key;
        private long beganNs;
        private int triesLeft;
        private Entrance.@Nullable Underway underway;

        Call(Optional<Duration> think) {
            this.think = think;
            this.thinking = think.isPresent();
        }

        void begin(long nowNs) {
            thinking = false;
            beganNs = nowNs;
            key = Draws.scrambled(1 + random.nextInt(keys));
            triesLeft = habits.retries;
            timeline.began(nowNs);
            send(nowNs);
        }

        private void send(long nowNs) {
            ticket++;
            timeline.tried(nowNs);
            long timeout = habits.timeout.toNanos();
            agenda.after(timeout, this, TIMED_OUT, ticket);
            Entrance entrance = entrances.get(random.nextInt(entrances.size()));
            int sent = ticket;
            Entrance.Underway sentAs = entrance.send(
                    habits.criticality, key, habits.statesBudget ? timeout : Entrance.NO_BUDGET, this, sent, nowNs);
            if (sent == ticket) {
                // Else it was answered before this returned, and what is under way may be another's by now.
                underway = sentAs;
            }
        }

        @Override
        public void act(int what, int actTicket, long nowNs) {
            if (actTicket != ticket) {
                return;
            }
            if (what == AGAIN) {
                if (thinking) {
                    begin(nowNs);
                } else {
                    send(nowNs);
                }
                return;
            }
            Entrance.Underway late = underway;
            int lateTicket = ticket;
            failed(nowNs);
            if (late != null) {
                late.giveUp(this, lateTicket, nowNs);
            }
        }

        @Override
        public void ended(int endedTicket, Reply reply, long nowNs) {
            if (endedTicket != ticket) {
                return;
            }
            if (reply == Reply.OK) {
                timeline.succeeded(nowNs - beganNs, nowNs);
                over();
            } else {
                failed(nowNs);
            }
        }

        private void failed(long nowNs) {
            if (triesLeft > 0) {
                triesLeft--;
                ticket++;
                underway = null;
                // The ticket of the pause: an answer that comes meanwhile is too late.
                agenda.after(habits.pause.toNanos(), this, AGAIN, ticket);
            } else {
                timeline.failed(nowNs - beganNs, nowNs);
                over();
            }
        }

        private void over() {
            ticket++;
            underway = null;
            if (think.isPresent()) {
                thinking = true;
                long pause =
                        (long) Draws.exponential(random, (double) think.get().toNanos());
                agenda.after(pause, this, AGAIN, ticket);
            } else {
                free.push(this);
            }
        }
    }
}
