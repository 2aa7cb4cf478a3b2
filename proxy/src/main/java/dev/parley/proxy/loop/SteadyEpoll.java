package dev.parley.proxy.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll handler, with a socket that waits for nothing kept in the epoll set.
 *
 * <p>Netty 4.2.18 takes such a socket out of the set (netty pull request 16689) and forgets that it did: when it is to be read or
 * written again, {@code epoll_ctl} fails with ENOENT and the channel is closed with all that was on its way. A socket waits for
 * nothing when its peer has ended its side and it is not read, as on any half-closed connection with a slow peer behind. Here
 * it waits for nothing edge-triggered, which reports a hang-up once where level-triggered would report it without end.
 */
final class SteadyEpoll implements IoHandler {
    private static final EpollIoOps ALL_EDGES = EpollIoOps.EPOLLIN
            .with(EpollIoOps.EPOLLOUT)
            .with(EpollIoOps.EPOLLRDHUP)
            .with(EpollIoOps.EPOLLET);

    private final IoHandler epoll;
    private final ThreadAwareExecutor executor;
    /** By descriptor: few numbers, used again as sockets close. */
    private @Nullable Handle[] handles = new Handle[64];

    private Runnable turnEnd = () -> {};

    private SteadyEpoll(IoHandler epoll, ThreadAwareExecutor executor) {
        this.epoll = epoll;
        this.executor = executor;
    }

    /** Makes the handlers of a group of loops, and knows which is whose. */
    static final class Factory implements IoHandlerFactory {
        private final IoHandlerFactory netty = EpollIoHandler.newFactory();
        private final List<SteadyEpoll> made = new ArrayList<>();

        @Override
        public IoHandler newHandler(ThreadAwareExecutor executor) {
            SteadyEpoll handler = new SteadyEpoll(netty.newHandler(executor), executor);
            made.add(handler);
            return handler;
        }

        @Override
        public boolean isChangingThreadSupported() {
            return netty.isChangingThreadSupported();
        }

        @SuppressWarnings("ReferenceEquality") // The loop itself, whose handler is sought.
        SteadyEpoll of(EventLoop loop) {
            return made.stream()
                    .filter(handler -> handler.executor == loop)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Has this done each time that what was ready has been handled. */
    void atTurnEnd(Runnable task) {
        turnEnd = task;
    }

    /**
     * Hands the events of a socket to another from now on, all of them and edge-triggered, in Netty's place; Netty still closes
     * it. False where the socket is not of this loop.
     */
    boolean divert(int descriptor, RawSocket.Events to) {
        Handle handle = descriptor >= 0 && descriptor < handles.length ? handles[descriptor] : null;
        if (handle == null || handle.registered == null || !handle.registered.isValid()) {
            return false;
        }
        handle.diverted = to;
        handle.registered.submit(ALL_EDGES);
        return true;
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        if (!(handle instanceof EpollIoHandle socket)) {
            return epoll.register(handle);
        }
        Handle kept = new Handle(socket, socket.fd().intValue());
        IoRegistration registered = epoll.register(kept);
        kept.registered = registered;
        if (kept.descriptor >= handles.length) {
            handles = Arrays.copyOf(handles, Math.max(kept.descriptor + 1, handles.length * 2));
        }
        handles[kept.descriptor] = kept;
        return new Registration(registered, kept);
    }

    /** A socket's events, which are Netty's unless they were diverted. */
    private final class Handle implements EpollIoHandle {
        private final EpollIoHandle netty;
        private final int descriptor;
        private RawSocket.@Nullable Events diverted;
        private @Nullable IoRegistration registered;

        Handle(EpollIoHandle netty, int descriptor) {
            this.netty = netty;
            this.descriptor = descriptor;
        }

        @Override
        public FileDescriptor fd() {
            return netty.fd();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (diverted == null) {
                netty.handle(registration, event);
            } else {
                diverted.ready(((EpollIoEvent) event).ops().value());
            }
        }

        @Override
        public void registered() {
            netty.registered();
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // A handle is itself alone.
        public void unregistered() {
            if (handles[descriptor] == this) {
                // Or all that belonged to a connection would be kept until its number is used again.
                handles[descriptor] = null;
            }
            netty.unregistered();
        }

        @Override
        public void close() throws Exception {
            netty.close();
        }
    }

    private record Registration(IoRegistration registered, Handle handle) implements IoRegistration {
        @Override
        public long submit(IoOps ops) {
            if (handle.diverted != null) {
                return 0;
            }
            return registered.submit(ops.equals(EpollIoOps.NONE) ? EpollIoOps.EPOLLET : ops);
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's interface has it so.
        public <T> T attachment() {
            return registered.attachment();
        }

        @Override
        public boolean isValid() {
            return registered.isValid();
        }

        @Override
        public boolean cancel() {
            return registered.cancel();
        }
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        int handled = epoll.run(context);
        turnEnd.run();
        return handled;
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }
}
