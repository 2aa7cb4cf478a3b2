package dev.parley.proxy.upstream;

import dev.parley.proxy.upstream.Endpoint.Cause;
import dev.parley.proxy.upstream.Endpoint.Standing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What health says of an endpoint and what its answers say of it: two judges that do not overrule each other. It is available
 * while neither speaks against it; what health says is told first, since it weighs more.
 */
final class Situation {
    private static final VarHandle WORDS;

    static {
        try {
            WORDS = MethodHandles.lookup().findVarHandle(Situation.class, "words", Words.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile Words words;

    Situation(long nowNs) {
        Standing up = new Standing(Cause.UP, "", nowNs);
        this.words = Words.of(up, up);
    }

    /** The words of both, and what follows from them: replaced as one, so that nobody reads half of a change. */
    private record Words(Standing health, Standing ejection, Standing shown, boolean available, boolean tried) {
        static Words of(Standing health, Standing ejection) {
            Standing shown = both(health, ejection);
            return new Words(health, ejection, shown, shown.available(), ejection.cause() == Cause.PROBING);
        }

        private static Standing both(Standing health, Standing ejection) {
            if (health.available()) {
                long last = Math.max(health.sinceNs(), ejection.sinceNs());
                return ejection.available() ? new Standing(ejection.cause(), ejection.reason(), last) : ejection;
            }
            return ejection.available()
                    ? health
                    : new Standing(
                            health.cause(), health.reason() + "; ejected: " + ejection.reason(), health.sinceNs());
        }
    }

    boolean available() {
        return words.available;
    }

    /** Whether its ejection is over and it is being tried. */
    boolean tried() {
        return words.tried;
    }

    /** Whether what began then began in order to try it. */
    boolean triedSince(long begunNs) {
        Words now = words;
        return now.tried && begunNs - now.ejection.sinceNs() >= 0;
    }

    Standing shown() {
        return words.shown;
    }

    Standing health() {
        return words.health;
    }

    Standing ejection() {
        return words.ejection;
    }

    /** Health takes it down: false where it had, except that one that is unhealthy may turn out to be unreachable. */
    boolean takeDown(Standing down) {
        while (true) {
            Words before = words;
            Cause known = before.health.cause();
            if (known == down.cause() || known == Cause.UNREACHABLE) {
                return false;
            }
            if (change(before, Words.of(down, before.ejection))) {
                return true;
            }
        }
    }

    /** Health brings it up: false where it was not down. */
    boolean bringUp(long nowNs) {
        while (true) {
            Words before = words;
            if (before.health.available()) {
                return false;
            }
            if (change(before, Words.of(new Standing(Cause.UP, "", nowNs), before.ejection))) {
                return true;
            }
        }
    }

    /** Its answers speak. */
    void eject(Standing ejection) {
        Words before;
        do {
            before = words;
        } while (!change(before, Words.of(before.health, ejection)));
    }

    private boolean change(Words before, Words after) {
        return WORDS.compareAndSet(this, before, after);
    }
}
