using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Node;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary><c>pods/exec</c> and <c>pods/attach</c>: a command in a container, or its own program, over a WebSocket.</summary>
internal sealed class ContainerStreamHandler(PodTargets pods)
{
    private static readonly string[] Protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

    public Task ExecAsync(ApiRequest request)
    {
        var command = request.Http.Request.Query["command"].OfType<string>().ToList();
        var wanted = WantedStreams.Read(request);
        if (command.Count == 0)
        {
            throw Errors.BadRequest("you must specify at least 1 command for the container");
        }

        return ServeAsync(request, wanted, (runtime, pod, container) => runtime.Exec(pod.Metadata.Uid!, container, command, wanted.Input, wanted.Terminal));
    }

    public Task AttachAsync(ApiRequest request) =>
        ServeAsync(request, WantedStreams.Read(request), static (runtime, pod, container) => runtime.Attach(pod.Metadata.Uid!, container));

    private async Task ServeAsync(ApiRequest request, WantedStreams wanted, Func<IPodRuntime, Pod, string, ContainerSession> open)
    {
        var pod = pods.Find(request);
        var container = PodTargets.ContainerOf(pod, request.Query("container"));
        if (!pods.Runtime.IsRunning(pod.Metadata.Uid!, container))
        {
            await Answer.TextAsync(request.Http, StatusCodes.Status404NotFound, new ContainerNotFoundException(container).Message);
            return;
        }

        var protocol = await WebSocketUpgrade.NegotiateAsync(request.Http, Protocols);
        ContainerSession? session = null;
        Status? failure = null;
        try
        {
            session = open(pods.Runtime, pod, container);
        }
        catch (NodeException error)
        {
            failure = Errors.Internal("error executing command in container: " + error.Message).Status;
        }

        using (session)
        {
            using var socket = new ChannelSocket(await WebSocketUpgrade.AcceptAsync(request.Http, protocol));
            var failed = failure;
            await (session is null
                ? ContainerConversation.RefuseAsync(socket, failed!, request.Aborted)
                : new ContainerConversation(socket, session, wanted).RunAsync(request.Aborted));
        }
    }
}

/// <summary>Which streams the client wants.</summary>
internal sealed record WantedStreams(bool Input, bool Output, bool Complaints, bool Terminal)
{
    /// <exception cref="StatusException">It wants none, or standard error apart from a terminal's.</exception>
    public static WantedStreams Read(ApiRequest request)
    {
        var wanted = new WantedStreams(request.Flag("stdin"), request.Flag("stdout"), request.Flag("stderr"), request.Flag("tty"));
        return wanted is { Input: false, Output: false, Complaints: false }
            ? throw Errors.BadRequest("you must specify at least 1 of stdin, stdout, stderr")
            : wanted is { Terminal: true, Complaints: true }
                ? throw Errors.BadRequest("tty and stderr cannot both be true")
                : wanted;
    }
}
