package dev.parley.proxy.listen;

import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.tls.TlsFacts;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A client's connection, whatever it speaks or is yet to speak: known to its listener, and told when that drains. */
public abstract class Downstream extends ChannelInboundHandlerAdapter {
    protected final LoopState loop;
    protected final ListenerSlot slot;
    /** Who the client is: its socket's address, or what a PROXY header said; null for a Unix socket. */
    protected final @Nullable InetSocketAddress client;

    /** What the connection's handshake agreed on; null where it is plain, or not decrypted here. */
    protected final @Nullable TlsFacts tls;

    @Nullable
    Downstream previous;

    @Nullable
    Downstream next;

    private boolean counted;

    protected Downstream(
            LoopState loop, ListenerSlot slot, @Nullable InetSocketAddress client, @Nullable TlsFacts tls) {
        this.loop = loop;
        this.slot = slot;
        this.client = client;
        this.tls = tls;
    }

    /** The listener's settings as they are now. */
    protected final ListenerView listener() {
        return slot.view();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        counted = true;
        slot.opened(this, loop.worker().index());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        leave();
        gone();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        leave();
    }

    private void leave() {
        if (counted) {
            counted = false;
            slot.closed(this, loop.worker().index());
        }
    }

    /** The socket is closed, by whichever side. */
    protected abstract void gone();

    /** Finish what is under way and close. */
    public abstract void drain();

    /** Close at once. */
    public abstract void cut();
}
