package dev.parley.proxy.resilience;

/** Is told of each change of a breaker's state, once, on the event loop that brought it about: it must not block. */
@FunctionalInterface
public interface Transitions {
    /** Nobody asks. */
    Transitions NONE = (what, from, to, reason) -> {};

    /**
     * @param what the service or endpoint whose breaker it is, as shown to users
     * @param reason why, as shown to users
     */
    void changed(String what, CircuitBreaker.State from, CircuitBreaker.State to, String reason);
}
