package dev.parley.simulation.world;

/** Something to which things happen at a time: see {@link Agenda#at}. */
@FunctionalInterface
public interface Actor {
    /**
     * The time has come.
     *
     * @param what which of the actor's events this is
     * @param ticket the number with which it was put down, so that an actor can tell an event that no longer concerns it
     * @param nowNs the virtual time
     */
    void act(int what, int ticket, long nowNs);
}
