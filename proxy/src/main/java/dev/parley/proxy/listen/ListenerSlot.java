package dev.parley.proxy.listen;

import dev.parley.proxy.snapshot.ListenerView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A listening address for as long as it is bound. Its view changes with the configuration; its sockets stay open, so that no
 * connection is lost by a change.
 */
public final class ListenerSlot {
    private final AtomicInteger open = new AtomicInteger();
    private final Connections[] byLoop;
    private volatile ListenerView view;
    private volatile boolean draining;

    ListenerSlot(ListenerView view, int loops) {
        this.view = view;
        byLoop = new Connections[loops];
        for (int i = 0; i < loops; i++) {
            byLoop[i] = new Connections();
        }
    }

    public ListenerView view() {
        return view;
    }

    void view(ListenerView compiled) {
        view = compiled;
    }

    /** Whether connections are to end after what they are doing. */
    public boolean draining() {
        return draining;
    }

    /** No connection or session begins any more. */
    public void startDraining() {
        draining = true;
    }

    /** The listener came back before its last session was over. */
    public void stopDraining() {
        draining = false;
    }

    public int openConnections() {
        return open.get();
    }

    /** Takes one of the allowed connections or sessions; false when all are taken. */
    public boolean tryOpen() {
        if (open.incrementAndGet() > view.settings().limits().connections()) {
            open.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Gives one back, and answers how many are left. */
    public int release() {
        return open.decrementAndGet();
    }

    void opened(Downstream connection, int loop) {
        byLoop[loop].add(connection);
    }

    void closed(Downstream connection, int loop) {
        byLoop[loop].remove(connection);
    }

    /** The connections of one loop, to be called on that loop; a copy, for what is done to them may end them. */
    List<Downstream> connections(int loop) {
        return byLoop[loop].copy();
    }

    /** A linked list through the connections themselves: an idle connection costs no entry elsewhere. */
    private static final class Connections {
        private @org.jspecify.annotations.Nullable Downstream first;

        void add(Downstream connection) {
            connection.next = first;
            if (first != null) {
                first.previous = connection;
            }
            first = connection;
        }

        void remove(Downstream connection) {
            Downstream previous = connection.previous;
            Downstream next = connection.next;
            if (previous == null) {
                first = next;
            } else {
                previous.next = next;
            }
            if (next != null) {
                next.previous = previous;
            }
            connection.previous = null;
            connection.next = null;
        }

        List<Downstream> copy() {
            List<Downstream> all = new ArrayList<>();
            for (Downstream each = first; each != null; each = each.next) {
                all.add(each);
            }
            return all;
        }
    }
}
