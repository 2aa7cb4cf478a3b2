package dev.parley.proxy.balance;

import dev.parley.model.Balance;
import dev.parley.model.Locality;
import dev.parley.proxy.upstream.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * How much of a service's traffic each of its failure domains takes: decided from what is up, at one moment, and immutable.
 *
 * <p>Endpoints are in <i>levels</i>: by priority, and within a priority first those in Parley's own zone, then the others. A
 * level can carry {@code min(1, overprovisioning × weight that is up / weight that is configured)} of the traffic, as Envoy's
 * priorities; a level takes what it can carry of what those before it left. An own zone with less than {@code least_in_zone}
 * endpoints up takes no more than its share of the weight that is up in its priority, since all of the traffic would drown it.
 * Unlike with Envoy, zones are levels of their own: an own zone that is whole keeps its traffic however the other zones are,
 * and one of which half is down gives away what it cannot carry instead of all or nothing.
 *
 * <p>What is left when all levels have taken their part is given out again, more generously each time, and at last in
 * proportion:
 *
 * <ol>
 *   <li>Endpoints that returned count by how far {@code failback} has got: traffic leaves a level at once and returns in steps,
 *       and one that comes and goes attracts nothing at all.
 *   <li>They count in full: better a level that has just returned than one that is overloaded.
 *   <li>In panic, those count too that are ejected or fail their checks. It is panic when the levels together cannot carry all,
 *       and of all endpoints less than {@code panic} are up: so many failed that the fault may lie with who judges them, and
 *       the few that are left would not survive all of the traffic. Those that cannot be connected to never count. Where none is
 *       up there is nobody to relieve, and what checks say of each is believed.
 * </ol>
 *
 * A configuration in which all endpoints are in one level has a plan of one level, whose balancer is that of the algorithm
 * itself.
 */
public final class FailureDomains {
    private static final long STEP_NS = Balancers.RAMP_STEP_NS;

    private final List<Level> levels;
    private final boolean panic;
    private final boolean settling;

    /**
     * One level.
     *
     * @param ownZone whether these are the ones in Parley's own zone, which come before the others of the priority
     * @param load the share of the service's traffic that is sent here first, from 0 to 1
     */
    public record Level(int priority, boolean ownZone, List<Member> members, double load) {}

    private FailureDomains(List<Level> levels, boolean panic, boolean settling) {
        this.levels = List.copyOf(levels);
        this.panic = panic;
        this.settling = settling;
    }

    /**
     * The plan for these members as they stand at {@code nowNs}.
     *
     * @param zone the zone that Parley is in; empty where it has none
     * @param members all that are configured, also those that are down; weight 0 is left out
     */
    public static FailureDomains plan(Locality settings, String zone, List<Member> members, long nowNs) {
        List<Domain> domains = domains(settings, zone, members, nowNs);
        double[] loads = new double[domains.size()];
        double left = handOut(domains, loads, Domain::steady, 1);
        left = handOut(domains, loads, Domain::up, left);
        boolean panic = left > 0
                && upShare(domains) > 0
                && upShare(domains) < settings.panic().fraction()
                && domains.stream().anyMatch(Domain::hasDoubtful);
        if (panic) {
            left = handOut(domains, loads, Domain::upOrDoubtful, left);
        }
        List<Level> levels = new ArrayList<>();
        boolean settling = false;
        for (int i = 0; i < loads.length; i++) {
            double load = left < 1 ? loads[i] / (1 - left) : 0;
            levels.add(domains.get(i).level(load));
            settling |= domains.get(i).settling();
        }
        return new FailureDomains(levels, panic, settling && levels.size() > 1);
    }

    /** Most preferred first. Those of no weight are left out, and with them levels of nothing else. */
    public List<Level> levels() {
        return levels;
    }

    /** Whether endpoints are called that are ejected or fail their checks, for want of better ones. */
    public boolean panic() {
        return panic;
    }

    /** When to plan again although nothing goes up or down; {@code Long.MAX_VALUE} where time alone changes nothing. */
    public long nextStepNs(long nowNs) {
        return settling ? nowNs + STEP_NS : Long.MAX_VALUE;
    }

    /**
     * The balancer by this plan. Endpoints are picked that are {@link Endpoint#available}: who panics has to say so to them
     * ({@link Endpoint#letIn}) before.
     */
    public Balancer compile(Balance settings, long nowNs) {
        List<Balancer> balancers = new ArrayList<>();
        double[] loads = new double[levels.size()];
        for (Level level : levels) {
            if (level.members.stream().anyMatch(member -> member.endpoint().available())) {
                loads[balancers.size()] = level.load;
                balancers.add(Balancers.compile(settings, level.members, level.load, nowNs));
            }
        }
        return switch (balancers.size()) {
            case 0 -> Balancers.NOBODY;
            case 1 -> balancers.getFirst();
            default -> new Levels(balancers.toArray(Balancer[]::new), Arrays.copyOf(loads, balancers.size()));
        };
    }

    private static List<Domain> domains(Locality settings, String zone, List<Member> members, long nowNs) {
        TreeMap<Integer, Domain> byRank = new TreeMap<>();
        for (Member member : members) {
            if (member.weight() > 0) {
                boolean own = settings.preferZone()
                        && !zone.isEmpty()
                        && member.zone().equals(zone);
                int rank = 2 * member.priority() + (own ? 0 : 1);
                byRank.computeIfAbsent(rank, r -> new Domain(settings, member.priority(), own))
                        .add(member, nowNs);
            }
        }
        byRank.forEach((rank, domain) -> {
            Domain others = domain.own ? byRank.get(rank + 1) : null;
            domain.others = others == null ? domain : others;
        });
        return List.copyOf(byRank.values());
    }

    /** Gives each level what it can carry of what is left, on top of what it has; answers what is still left then. */
    private static double handOut(List<Domain> domains, double[] loads, Counting counting, double left) {
        double rest = left;
        for (int i = 0; i < loads.length; i++) {
            double more = Math.clamp(domains.get(i).capacity(counting) - loads[i], 0, rest);
            loads[i] += more;
            rest -= more;
        }
        // A rest of rounding is none.
        return rest < 1e-9 ? 0 : rest;
    }

    private static double upShare(List<Domain> domains) {
        double up = 0;
        double all = 0;
        for (Domain domain : domains) {
            up += domain.upCount;
            all += domain.members.size();
        }
        return up / all;
    }

    /** Which weight of a level counts. */
    private interface Counting {
        double weight(Domain domain);
    }

    /** What a level adds up to. */
    private static final class Domain {
        private final Locality settings;
        private final int priority;
        private final boolean own;
        private final List<Member> members = new ArrayList<>();

        /** Of an own zone, the other zones of its priority; else itself. */
        private Domain others = this;

        private long configured;
        private long up;
        private long doubtful;
        private double steady;
        private int upCount;

        Domain(Locality settings, int priority, boolean own) {
            this.settings = settings;
            this.priority = priority;
            this.own = own;
        }

        void add(Member member, long nowNs) {
            members.add(member);
            configured += member.weight();
            Endpoint.Standing standing = member.endpoint().standing();
            if (standing.available()) {
                up += member.weight();
                upCount++;
                steady += member.weight() * steadiness(member, nowNs);
            } else if (standing.doubtful()) {
                doubtful += member.weight();
            }
        }

        /**
         * How far a member that returned has got with {@code failback}, from 0 to 1 in steps of a second. On probation it has
         * the first step: with nothing at all a level of which everybody is on probation would never be tried, and never
         * return. What cannot be a probe, since one is under way, goes on to the next level.
         */
        private double steadiness(Member member, long nowNs) {
            long failbackNs = settings.failback().toNanos();
            if (failbackNs == 0 || !member.endpoint().returned()) {
                return 1;
            }
            long steps = Math.ceilDiv(failbackNs, STEP_NS);
            if (member.endpoint().standing().cause() == Endpoint.Cause.PROBING) {
                return 1.0 / steps;
            }
            long done = Math.max(0, nowNs - member.inRotationSinceNs()) / STEP_NS;
            return Math.min(1, (double) done / steps);
        }

        double steady() {
            return steady;
        }

        double up() {
            return up;
        }

        double upOrDoubtful() {
            return up + doubtful;
        }

        boolean hasDoubtful() {
            return doubtful > 0;
        }

        boolean settling() {
            return steady < up;
        }

        double capacity(Counting counting) {
            double counted = counting.weight(this);
            double carries = Math.min(1, settings.overprovisioning().value() * counted / configured);
            double elsewhere = others == this ? 0 : counting.weight(others);
            boolean few = upCount < settings.leastInZone() && elsewhere > 0;
            return few ? Math.min(carries, counted / (counted + elsewhere)) : carries;
        }

        Level level(double load) {
            return new Level(priority, own, List.copyOf(members), load);
        }
    }
}
