package dev.parley.proxy.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls of the C library on datagram sockets, on 64-bit Linux. Netty has no public way to read and send many datagrams
 * without an object for each of them, for its sender's address and for its buffer; these take memory that is laid out once.
 *
 * <p>Memory is passed by address, as it is in Netty: whoever calls keeps it. Each call answers what the C function does, or the
 * error's number (errno(3)) negated. One instance a thread.
 */
@SuppressWarnings("restricted") // The program is started with --enable-native-access, for Netty's sake already.
final class Syscalls {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;

    static final int EAGAIN = 11;
    static final int EINTR = 4;
    static final int EMSGSIZE = 90;
    static final int ENOBUFS = 105;
    static final int ENETUNREACH = 101;
    static final int ECONNREFUSED = 111;
    static final int EHOSTUNREACH = 113;

    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET =
            function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND =
            function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CONNECT =
            function("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle GETSOCKNAME =
            function("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle SEND =
            function("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECV =
            function("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle SENDMMSG =
            function("sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle RECVMMSG =
            function("recvmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));

    /** Where the error's number is left; read at once after each call. */
    private final MemorySegment state = Arena.ofAuto().allocate(STATE);

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    private int result(int returned) {
        return returned >= 0 ? returned : -(int) ERRNO.get(state, 0L);
    }

    private static AssertionError impossible(Throwable thrown) {
        return new AssertionError("a C function throws nothing", thrown);
    }

    /** A datagram socket that never waits. */
    int socket(int family) {
        try {
            return result((int) SOCKET.invokeExact(state, family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int bind(int socket, long name, int nameBytes) {
        try {
            return result((int) BIND.invokeExact(state, socket, name, nameBytes));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int connect(int socket, long name, int nameBytes) {
        try {
            return result((int) CONNECT.invokeExact(state, socket, name, nameBytes));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int getsockname(int socket, long name, long nameBytes) {
        try {
            return result((int) GETSOCKNAME.invokeExact(state, socket, name, nameBytes));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    /** Sets an option whose value is an int, which lies at {@code value}. */
    int setsockopt(int socket, int level, int option, long value) {
        try {
            return result((int) SETSOCKOPT.invokeExact(state, socket, level, option, value, Integer.BYTES));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int send(int socket, long bytes, int length) {
        try {
            return result(
                    (int) (long) SEND.invokeExact(state, socket, bytes, (long) length, MSG_DONTWAIT | MSG_NOSIGNAL));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int recv(int socket, long bytes, int length) {
        try {
            return result((int) (long) RECV.invokeExact(state, socket, bytes, (long) length, MSG_DONTWAIT));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int sendmmsg(int socket, long messages, int count) {
        try {
            return result((int) SENDMMSG.invokeExact(state, socket, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    int recvmmsg(int socket, long messages, int count) {
        try {
            return result((int) RECVMMSG.invokeExact(state, socket, messages, count, MSG_DONTWAIT, 0L));
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }
}
