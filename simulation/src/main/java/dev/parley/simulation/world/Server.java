package dev.parley.simulation.world;

import dev.parley.proxy.balance.FastRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One process behind an endpoint: so many workers, a queue before them, a time for each request, and the ways in which it
 * fails.
 *
 * <p>It is as unkind as servers are: a request whose caller has gone away is worked on all the same, since a plain HTTP/1.1
 * server does not notice; that wasted work is what keeps an overload alive. A worker that calls a backend is held until the
 * backend has answered.
 */
public final class Server {
    private static final int WORKED = 1;

    private final Agenda agenda;
    private final String zone;
    private final Plan plan;
    private final FastRandom random;
    private final Deque<Job> queue = new ArrayDeque<>();
    private final List<Job> jobs = new ArrayList<>();
    private final Deque<Job> free = new ArrayDeque<>();

    private @Nullable Backend backend;
    private Presence presence = Presence.UP;
    private int busy;
    private double slowness = 1;
    private double errorShare;
    private long errorAfterNs;
    private double failureShare;
    private double hangShare;
    private long hangNs;
    private double coldness = 1;
    private long coldSinceNs;
    private long warmAtNs;

    private long received;
    private long answered;
    private long wasted;

    /**
     * What a server is made of.
     *
     * @param workers requests that it works on at a time
     * @param queued requests that wait for a worker; one more is answered 503 at once
     */
    public record Plan(ServiceTime time, int workers, int queued) {
        /** Requests a second that it can answer. */
        public double capacity() {
            return workers * 1e9 / time.meanNs();
        }
    }

    /** Whether it can be reached. */
    public enum Presence {
        UP,
        /** Nothing listens: a connection is refused at once. */
        REFUSING,
        /** No packet arrives or returns, and nobody says so. */
        SILENT
    }

    public Server(Agenda agenda, String zone, Plan plan, long seed) {
        this.agenda = agenda;
        this.zone = zone;
        this.plan = plan;
        this.random = new FastRandom(seed);
    }

    public String zone() {
        return zone;
    }

    /** Requests that reached it. */
    public long received() {
        return received;
    }

    /** Requests that it answered without an error. */
    public long answered() {
        return answered;
    }

    /** Requests that it worked on after their budget was spent. */
    public long wasted() {
        return wasted;
    }

    /** Requests that wait or are worked on. */
    public int load() {
        return busy + queue.size();
    }

    // ---- what befalls it ----

    /** Needs {@code next} for each answer from now on. */
    public void needs(Backend next) {
        backend = next;
    }

    /** Takes so many times as long for whatever begins from now on. */
    public void slow(double times) {
        slowness = times;
    }

    /** Answers a share of requests with an error, after {@code after} and without a worker. */
    public void err(double share, Duration after) {
        errorShare = share;
        errorAfterNs = after.toNanos();
    }

    /** Answers a share of requests with an error after all the work that a good answer takes. */
    public void failLate(double share) {
        failureShare = share;
    }

    /** A share of the requests holds a worker for {@code time}, as one that waits for a lock does. */
    public void hang(double share, Duration time) {
        hangShare = share;
        hangNs = time.toNanos();
    }

    /** Is killed: what is under way is reset, what comes is refused. */
    public void crash(long nowNs) {
        presence = Presence.REFUSING;
        for (Job job : List.copyOf(jobs)) {
            end(job, Requester.Reply.RESET, nowNs);
        }
        queue.clear();
        busy = 0;
    }

    /** Its zone is cut off: what is under way is never heard of again. */
    public void vanish() {
        presence = Presence.SILENT;
        for (Job job : List.copyOf(jobs)) {
            forget(job);
        }
        queue.clear();
        busy = 0;
    }

    /** Can be reached again, as fast as ever. */
    public void comeBack() {
        presence = Presence.UP;
        coldness = 1;
    }

    /** Can be reached again, and is {@code times} as slow at first, less and less over {@code warmUp}, as a cold cache is. */
    public void comeBackCold(double times, Duration warmUp, long nowNs) {
        presence = Presence.UP;
        coldness = times;
        coldSinceNs = nowNs;
        warmAtNs = nowNs + warmUp.toNanos();
    }

    public Presence presence() {
        return presence;
    }

    // ---- its work ----

    /** A request arrives. */
    public void receive(Requester requester, int ticket, long deadlineNs, long nowNs) {
        if (presence == Presence.SILENT) {
            return;
        }
        if (presence == Presence.REFUSING) {
            requester.ended(ticket, Requester.Reply.REFUSED, nowNs);
            return;
        }
        received++;
        Job job = take(requester, ticket, deadlineNs);
        if (Draws.happens(random, errorShare)) {
            job.reply = Requester.Reply.ERROR;
            agenda.after(errorAfterNs, job, WORKED, job.ticket);
        } else if (busy < plan.workers) {
            work(job, nowNs);
        } else if (queue.size() < plan.queued) {
            queue.add(job);
        } else {
            end(job, Requester.Reply.UNAVAILABLE, nowNs);
        }
    }

    private void work(Job job, long nowNs) {
        busy++;
        job.working = true;
        job.reply = Draws.happens(random, failureShare) ? Requester.Reply.ERROR : Requester.Reply.OK;
        wasted += nowNs > job.deadlineNs ? 1 : 0;
        boolean hangs = Draws.happens(random, hangShare);
        long time = hangs ? hangNs : (long) (plan.time.draw(random) * slowness * coldness(nowNs));
        agenda.after(time, job, WORKED, job.ticket);
    }

    private double coldness(long nowNs) {
        if (coldness <= 1 || nowNs >= warmAtNs) {
            return 1;
        }
        double warm = (double) (nowNs - coldSinceNs) / (warmAtNs - coldSinceNs);
        return coldness + (1 - coldness) * warm;
    }

    private void worked(Job job, long nowNs) {
        if (backend != null && job.reply == Requester.Reply.OK) {
            backend.call(job, job.ticket, job.deadlineNs - nowNs, nowNs);
        } else {
            leave(job, job.reply, nowNs);
        }
    }

    private void leave(Job job, Requester.Reply reply, long nowNs) {
        boolean worked = job.working;
        end(job, reply, nowNs);
        if (worked) {
            busy--;
            Job next = queue.poll();
            if (next != null) {
                work(next, nowNs);
            }
        }
    }

    private void end(Job job, Requester.Reply reply, long nowNs) {
        Requester requester = job.requester;
        int ticket = job.requesterTicket;
        forget(job);
        answered += reply == Requester.Reply.OK ? 1 : 0;
        if (requester != null) {
            requester.ended(ticket, reply, nowNs);
        }
    }

    // ---- its jobs, used again and again ----

    private Job take(Requester requester, int ticket, long deadlineNs) {
        Job job = free.isEmpty() ? new Job() : free.pop();
        job.requester = requester;
        job.requesterTicket = ticket;
        job.deadlineNs = deadlineNs;
        job.working = false;
        job.place = jobs.size();
        jobs.add(job);
        return job;
    }

    private void forget(Job job) {
        Job last = jobs.removeLast();
        if (last != job) {
            jobs.set(job.place, last);
            last.place = job.place;
        }
        job.requester = null;
        job.ticket++;
        free.push(job);
    }

    /** One request at this server. */
    private final class Job implements Actor, Requester {
        private @Nullable Requester requester;
        private int requesterTicket;
        private long deadlineNs;
        private Reply reply = Reply.OK;
        private boolean working;
        private int place;
        private int ticket;

        @Override
        public void act(int what, int actTicket, long nowNs) {
            if (actTicket == ticket) {
                worked(this, nowNs);
            }
        }

        /** What its backend answered. */
        @Override
        public void ended(int endedTicket, Reply backends, long nowNs) {
            if (endedTicket == ticket) {
                leave(this, backends == Reply.OK ? Reply.OK : Reply.ERROR, nowNs);
            }
        }
    }
}
