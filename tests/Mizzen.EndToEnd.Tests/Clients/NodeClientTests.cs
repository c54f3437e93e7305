namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>The JavaScript client library of the Kubernetes project, as it is; <c>client.mjs</c> holds the conversations.</summary>
public abstract class NodeClientConversations(ClientCluster fixture)
{
    [Fact]
    public async Task It_finds_what_it_expects()
    {
        Assert.Equal("add first red\nadd second red\nupdate second blue\ndelete second blue\nkept first\n", await TalkAsync("informer"));
        Assert.Equal("typed\nout\nerr\nNonZeroExitCode 3\n", await TalkAsync("exec"));
        Assert.Equal("HTTP/1.0 200 OK\n", await TalkAsync("port-forward"));
        Assert.Equal("started\n", await TalkAsync("log"));
        Assert.Equal("node-1 node-2 node-3 node-4\n", await TalkAsync("metrics"));
        Assert.Equal("404 pods \"nobody\" not found\n", await TalkAsync("errors"));
    }

    private async Task<string> TalkAsync(string conversation) =>
        (await fixture.Cluster.ShellAsync($"timeout 60 {await NodePackages.CommandAsync("client.mjs")} {conversation}")).Succeeded();
}

/// <inheritdoc/>
public sealed class NodeClientTests(ClientCluster fixture) : NodeClientConversations(fixture), IClassFixture<ClientCluster>;

/// <inheritdoc/>
public sealed class OrdinaryUserNodeClientTests(OrdinaryUserClientCluster fixture) : NodeClientConversations(fixture), IClassFixture<OrdinaryUserClientCluster>;
