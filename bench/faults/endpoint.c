/*
 * endpoint: an HTTP/1.1 origin on 127.0.0.1 whose capacity is known and which can be broken on purpose.
 *
 *   endpoint PORT [-u service microseconds] [-w workers]
 *
 * A request takes the service time of one worker; those that find none free wait their turn in a queue without bound, as behind an
 * accept queue that nobody watches. 0 workers, the default, are as many as there are requests. The work for a client that has gone
 * is done all the same. The answer is 200 with 64 bytes; a request that comes before its connection's last one was answered waits.
 *
 * Datagrams to the same port of UDP change its ways; each is answered with its counters as JSON:
 *
 *   service N   the service time of requests that begin from now on, in microseconds
 *   serve       answer 200, as at first
 *   fail        answer 503 at once, without a worker
 *   hang        read requests, and never answer them
 *   reset       reset every connection, open or new
 *   count       nothing but the counters
 *
 * SIGTERM ends it as a well-behaved server ends: it accepts no more, answers what is under way and what still comes on connections
 * that it has with "Connection: close", closes those that stay idle after 300 ms, and exits once none is left.
 */
#define _GNU_SOURCE
#include "../peers/backends/loopback.h"
#include <stdint.h>
#include <sys/signalfd.h>
#include <time.h>

enum { REQUEST_BYTES = 16 * 1024, GRACE_MS = 300 };
enum mode { SERVE, FAIL, HANG, RESET };

struct client {
    int fd; /* -1: gone, while its request is still worked on */
    bool busy, hanging, closing; /* busy: has a request; hanging: one that is never answered */
    size_t used;
    struct client *next, *previous;
    char bytes[REQUEST_BYTES + 1];
};

struct job {
    struct client *client;
    uint64_t ends_ns;
};

static enum mode mode = SERVE;
static int epoll, listener, control, signals, workers, busy_workers;
static uint64_t service_ns, drain_until_ns, connections, requests, answers, most_queued;
static struct client *all; /* every client that has a socket */
/* Requests at work, a heap by when they end; and those that wait for a worker, a ring. Both grow as needed. */
static struct job *heap;
static size_t heap_count, heap_room;
static struct client **ring;
static size_t ring_first, ring_count, ring_room;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* ---- work ---- */

static void heap_push(struct job job) {
    if (heap_count == heap_room) {
        heap_room = heap_room ? 2 * heap_room : 1024;
        heap = realloc(heap, heap_room * sizeof *heap);
        if (!heap) die("realloc");
    }
    size_t place = heap_count++;
    for (; place > 0 && heap[(place - 1) / 2].ends_ns > job.ends_ns; place = (place - 1) / 2) heap[place] = heap[(place - 1) / 2];
    heap[place] = job;
}

static struct job heap_pop(void) {
    struct job first = heap[0], last = heap[--heap_count];
    size_t place = 0;
    for (size_t child; (child = 2 * place + 1) < heap_count; place = child) {
        if (child + 1 < heap_count && heap[child + 1].ends_ns < heap[child].ends_ns) child++;
        if (heap[child].ends_ns >= last.ends_ns) break;
        heap[place] = heap[child];
    }
    heap[place] = last;
    return first;
}

static void ring_push(struct client *client) {
    if (ring_count == ring_room) {
        size_t room = ring_room ? 2 * ring_room : 1024;
        struct client **grown = malloc(room * sizeof *grown);
        if (!grown) die("malloc");
        for (size_t i = 0; i < ring_count; i++) grown[i] = ring[(ring_first + i) % ring_room];
        free(ring);
        ring = grown;
        ring_room = room;
        ring_first = 0;
    }
    ring[(ring_first + ring_count++) % ring_room] = client;
    if (ring_count > most_queued) most_queued = ring_count;
}

static void begin(struct client *client, uint64_t begins_ns) {
    busy_workers++;
    heap_push((struct job){client, begins_ns + service_ns});
}

static void work(struct client *client) {
    if (workers && busy_workers >= workers) ring_push(client);
    else begin(client, now_ns());
}

/* ---- connections ---- */

static void close_client(struct client *client) {
    if (client->fd < 0) return;
    close(client->fd);
    client->fd = -1;
    if (client->previous) client->previous->next = client->next;
    else all = client->next;
    if (client->next) client->next->previous = client->previous;
    if (!client->busy || client->hanging) free(client); /* else with its work */
}

static void reset_client(struct client *client) {
    struct linger at_once = {1, 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_client(client);
}

/* False: the connection is closed, and the client perhaps freed. */
static bool answer(struct client *client, int status) {
    char reply[256];
    bool closing = client->closing || drain_until_ns;
    int length = snprintf(reply, sizeof reply,
                          "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n%s\r\n"
                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                          status == 200 ? "200 OK" : "503 Service Unavailable", closing ? "Connection: close\r\n" : "");
    answers++;
    if (write_all(client->fd, reply, length) && !closing) return true;
    close_client(client);
    return false;
}

/* Takes the first request from the buffer, if it is whole. */
static bool take_request(struct client *client) {
    char *end = memmem(client->bytes, client->used, "\r\n\r\n", 4);
    if (!end) return false;
    size_t length = end + 4 - client->bytes;
    *end = '\0';
    char *body = strcasestr(client->bytes, "\r\ncontent-length:");
    client->closing = strcasestr(client->bytes, "\r\nconnection: close") != NULL;
    size_t whole = length + (body ? strtoul(body + 17, NULL, 10) : 0);
    *end = '\r';
    if (client->used < whole) return false;
    client->used -= whole;
    memmove(client->bytes, client->bytes + whole, client->used);
    requests++;
    return true;
}

static void serve_requests(struct client *client) {
    while (!client->busy && take_request(client)) {
        if (mode == FAIL && !answer(client, 503)) return;
        if (mode == FAIL) continue;
        client->busy = true;
        client->hanging = mode == HANG;
        if (!client->hanging) work(client);
    }
    if (!client->busy && client->used == REQUEST_BYTES) close_client(client);
}

static void receive(struct client *client) {
    ssize_t received = read(client->fd, client->bytes + client->used, REQUEST_BYTES - client->used);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return close_client(client);
    client->used += received;
    serve_requests(client);
}

static void accept_clients(void) {
    for (int fd, on = 1; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        connections++;
        struct client *client = calloc(1, sizeof *client);
        if (!client) die("calloc");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client->fd = fd;
        client->next = all;
        if (all) all->previous = client;
        all = client;
        if (mode == RESET) reset_client(client);
        else watch(epoll, fd, client);
    }
}

/* ---- time ---- */

static void finish_work(uint64_t now) {
    while (heap_count && heap[0].ends_ns <= now) {
        struct job job = heap_pop();
        struct client *client = job.client;
        busy_workers--;
        if (ring_count) {
            begin(ring[ring_first], job.ends_ns); /* not from now: waking up late must not cost capacity */
            ring_first = (ring_first + 1) % ring_room;
            ring_count--;
        }
        client->busy = false;
        if (client->fd < 0) free(client);
        else if (answer(client, 200)) serve_requests(client);
    }
}

static void drain(uint64_t now) {
    for (struct client *client = all, *next; client; client = next) {
        next = client->next;
        if (!client->busy && now >= drain_until_ns) close_client(client);
    }
    if (!all) exit(0);
}

/* ---- control ---- */

static void obey(char *command) {
    if (!strncmp(command, "service ", 8)) service_ns = strtoull(command + 8, NULL, 10) * 1000;
    else if (!strcmp(command, "serve")) mode = SERVE;
    else if (!strcmp(command, "fail")) mode = FAIL;
    else if (!strcmp(command, "hang")) mode = HANG;
    else if (!strcmp(command, "reset")) mode = RESET;
    while (mode == RESET && all) reset_client(all);
}

static void take_command(void) {
    char text[128], reply[256];
    struct sockaddr_in sender;
    socklen_t length = sizeof sender;
    ssize_t received = recvfrom(control, text, sizeof text - 1, 0, (struct sockaddr *)&sender, &length);
    if (received < 0) return;
    text[received] = '\0';
    obey(text);
    int bytes = snprintf(reply, sizeof reply, "{\"connections\": %lu, \"requests\": %lu, \"answers\": %lu, \"queued\": %zu, \"most_queued\": %lu}",
                         (unsigned long)connections, (unsigned long)requests, (unsigned long)answers, ring_count, (unsigned long)most_queued);
    sendto(control, reply, bytes, 0, (struct sockaddr *)&sender, length);
}

static void begin_draining(void) {
    close(listener);
    drain_until_ns = now_ns() + GRACE_MS * 1000000ull;
}

static void serve(void) {
    for (;;) {
        uint64_t now = now_ns();
        finish_work(now);
        if (drain_until_ns) drain(now);
        uint64_t wait_ns = drain_until_ns ? 10000000 : 1000000000;
        if (heap_count && heap[0].ends_ns < now + wait_ns) wait_ns = heap[0].ends_ns > now ? heap[0].ends_ns - now : 0;
        struct timespec patience = {wait_ns / 1000000000, wait_ns % 1000000000};
        struct epoll_event events[EVENTS_PER_TURN];
        int count = epoll_pwait2(epoll, events, EVENTS_PER_TURN, &patience, NULL);
        for (int i = 0; i < count; i++) {
            void *owner = events[i].data.ptr;
            if (owner == &listener) accept_clients();
            else if (owner == &signals) {
                struct signalfd_siginfo taken;
                if (read(signals, &taken, sizeof taken) == sizeof taken && !drain_until_ns) begin_draining();
            } else if (owner != &control) receive(owner);
        }
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr == &control) take_command(); /* last: it may close clients that had events */
    }
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 0;
    bool understood = port > 0;
    for (int option; understood && (option = getopt(argc - 1, argv + 1, "u:w:")) != -1;) {
        if (option == 'u') service_ns = strtoull(optarg, NULL, 10) * 1000;
        else if (option == 'w') workers = atoi(optarg);
        else understood = false;
    }
    if (!understood) {
        fprintf(stderr, "usage: endpoint PORT [-u service microseconds] [-w workers]\n");
        return 2;
    }
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(0);
    control = bind_loopback(port, SOCK_DGRAM);
    listener = bind_loopback(port, SOCK_STREAM);
    signals = signalfd(-1, &ending, SFD_NONBLOCK);
    if (listen(listener, LISTEN_BACKLOG)) die("listen");
    watch(epoll, listener, &listener);
    watch(epoll, control, &control);
    watch(epoll, signals, &signals);
    serve();
}
