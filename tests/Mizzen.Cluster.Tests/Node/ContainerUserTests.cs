using Mizzen.Cluster.Node;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.Node;

public sealed class ContainerUserTests
{
    private static readonly UserMap Everybody = new("         0          0 4294967295\n", "0 0 4294967295\n");
    private static readonly UserMap OnlyMe = new("         0       1000          1\n", "         0       1000          1\n");
    private static readonly UserMap WithOwnNumbers = new("0 1000 1\n1 100000 65536\n", "0 1000 1\n1 100000 65536\n");

    [Theory]
    [InlineData(null, null, null, null, "nobody asks")]
    [InlineData(0L, null, null, null, "nobody asks")]
    [InlineData(1500L, null, null, null, "1500:0 runAsUser 1500")]
    [InlineData(1500L, 1600L, null, null, "1500:1600 runAsUser 1500, runAsGroup 1600")]
    [InlineData(1500L, 1600L, 0L, 0L, "nobody asks")]
    [InlineData(1500L, 1600L, 1337L, null, "1337:1600 runAsUser 1337, runAsGroup 1600")]
    public void The_container_has_the_word_and_the_pod_says_the_rest(long? podUser, long? podGroup, long? user, long? group, string expected)
    {
        var pod = new PodSecurityContext { RunAsUser = podUser, RunAsGroup = podGroup };
        var found = ContainerUser.Of(pod, new SecurityContext { RunAsUser = user, RunAsGroup = group });

        Assert.Equal(expected, found is null ? "nobody asks" : $"{found.User}:{found.Group} {found.Fields}");
    }

    [Fact]
    public void Whoever_only_has_more_groups_is_somebody_else_too()
    {
        var found = ContainerUser.Of(new PodSecurityContext { FsGroup = 2000, SupplementalGroups = [3000, 3001] }, null)!;

        Assert.Equal([3000, 3001, 2000], found.Groups);
        Assert.Equal((0, 0, "fsGroup 2000, supplementalGroups 3000 3001"), (found.User, found.Group, found.Fields));
    }

    [Theory]
    [InlineData(1337, true, false, true)]
    [InlineData(65536, true, false, true)]
    [InlineData(65537, true, false, false)]
    [InlineData(4294967295, false, false, false)]
    [InlineData(-1, false, false, false)]
    public void A_user_needs_a_number_in_the_sandbox(long user, bool asRoot, bool asUser, bool withNumbers)
    {
        var wanted = new ContainerUser(user, 0, []) { Fields = "" };

        Assert.Equal((asRoot, asUser, withNumbers), (Everybody.Obstacle(wanted) is null, OnlyMe.Obstacle(wanted) is null, WithOwnNumbers.Obstacle(wanted) is null));
    }
}
