using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>
/// A watch: one JSON event a line, until the client goes, the time is over or the client does not keep up. An object that enters the
/// selection is ADDED, one that leaves it DELETED.
/// </summary>
internal sealed class WatchStream(ObjectStore store, TimeProvider clock)
{
    private static readonly TimeSpan ShortestDefault = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);
    private static readonly byte[] LineEnd = "}\n"u8.ToArray();

    /// <summary>Serves the watch.</summary>
    /// <param name="request">The request.</param>
    /// <param name="query">What is watched.</param>
    /// <param name="render">An object as the event carries it; the flag is true for the first event.</param>
    public async Task ServeAsync(ApiRequest request, ListQuery query, Func<StoredObject, bool, byte[]> render)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted);
        using var timer = clock.CreateTimer(_ => end.Cancel(), null, Duration(request), Timeout.InfiniteTimeSpan);
        request.Http.Response.ContentType = "application/json;stream=watch";
        request.Http.Response.Headers.CacheControl = "no-cache, private";
        using var subscription = await SubscribeAsync(request, query);
        if (subscription is null)
        {
            return;
        }

        await request.Http.Response.StartAsync(request.Aborted);
        var session = new Session(request, query, render);
        try
        {
            await session.SendInitialAsync(subscription.Initial, end.Token);
            await FollowAsync(request, subscription, session, end.Token);
        }
        catch (OperationCanceledException) when (!request.Aborted.IsCancellationRequested)
        {
            await session.BookmarkAsync(store.Revision, initialEnd: false, request.Aborted);
        }
    }

    // From 0 or nothing on, the present state comes first.
    private async Task<WatchSubscription?> SubscribeAsync(ApiRequest request, ListQuery query)
    {
        try
        {
            var fromNow = query.SendInitialEvents || query.Revision is null or 0;
            return store.Watch(request.Kind.Storage, fromNow ? null : query.Revision);
        }
        catch (RevisionExpiredException e)
        {
            var status = ResourceJson.ToNode(Errors.Expired(e.Message).Status);
            await WriteEventAsync(request.Http.Response, "ERROR", JsonBytes.Of(status), request.Aborted);
            return null;
        }
    }

    private async Task FollowAsync(ApiRequest request, WatchSubscription subscription, Session session, CancellationToken cancellationToken)
    {
        using var bookmarks = request.Flag("allowWatchBookmarks")
            ? clock.CreateTimer(_ => store.Mark(subscription), null, BookmarkInterval, BookmarkInterval)
            : null;
        await foreach (var item in subscription.Items.ReadAllAsync(cancellationToken))
        {
            await session.SendAsync(item, cancellationToken);
        }
    }

    private static TimeSpan Duration(ApiRequest request) =>
        long.TryParse(request.Query("timeoutSeconds"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, 24 * 3600))
            : ShortestDefault * (1 + Random.Shared.NextDouble());

    private static async Task WriteEventAsync(HttpResponse response, string type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var writer = response.BodyWriter;
        writer.Write("{\"type\":\""u8);
        writer.Write(System.Text.Encoding.ASCII.GetBytes(type));
        writer.Write("\",\"object\":"u8);
        writer.Write(body.Span);
        writer.Write(LineEnd);
        await writer.FlushAsync(cancellationToken);
    }

    private sealed class Session(ApiRequest request, ListQuery query, Func<StoredObject, bool, byte[]> render)
    {
        private readonly bool _bookmarks = request.Flag("allowWatchBookmarks");
        private bool _first = true;

        public async Task SendInitialAsync(StoreSnapshot? initial, CancellationToken cancellationToken)
        {
            if (initial is null)
            {
                await request.Http.Response.BodyWriter.FlushAsync(cancellationToken);
                return;
            }

            foreach (var stored in query.Select(initial))
            {
                await EventAsync("ADDED", stored, cancellationToken);
            }

            if (query.SendInitialEvents)
            {
                await BookmarkAsync(initial.Revision, initialEnd: true, cancellationToken);
            }
        }

        public async Task SendAsync(WatchItem item, CancellationToken cancellationToken)
        {
            if (item.Event is not { } change)
            {
                await BookmarkAsync(item.Revision, initialEnd: false, cancellationToken);
                return;
            }

            var now = !change.Deleted && query.Matches(change.Object);
            var before = change.Previous is not null && query.Matches(change.Previous);
            if (now || before)
            {
                await EventAsync(!now ? "DELETED" : before ? "MODIFIED" : "ADDED", change.Object, cancellationToken);
            }
        }

        public async Task BookmarkAsync(long revision, bool initialEnd, CancellationToken cancellationToken)
        {
            if (_bookmarks || initialEnd)
            {
                await WriteEventAsync(request.Http.Response, "BOOKMARK", Bookmark(request.Kind, revision, initialEnd), cancellationToken);
            }
        }

        private async Task EventAsync(string type, StoredObject stored, CancellationToken cancellationToken)
        {
            await WriteEventAsync(request.Http.Response, type, render(stored, _first), cancellationToken);
            _first = false;
        }

        private static byte[] Bookmark(ServedKind kind, long revision, bool initialEnd)
        {
            var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
            if (initialEnd)
            {
                metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
            }

            return JsonBytes.Of(new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata });
        }
    }
}
