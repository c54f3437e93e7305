using Mizzen.Cluster.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxes;

public sealed class SandboxObstacleTests
{
    [Theory]
    [InlineData("/proc/sys/user/max_user_namespaces=0", "sudo sysctl -w user.max_user_namespaces=10000")]
    [InlineData("/proc/sys/user/max_pid_namespaces=0", "sudo sysctl -w user.max_pid_namespaces=10000")]
    [InlineData("/proc/sys/user/max_mnt_namespaces=0", "sudo sysctl -w user.max_mnt_namespaces=10000")]
    [InlineData("/proc/sys/kernel/unprivileged_userns_clone=0", "sudo sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("/proc/sys/kernel/apparmor_restrict_unprivileged_userns=1", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    [InlineData("/.dockerenv=", "docker run --privileged")]
    [InlineData("/run/.containerenv=", "docker run --privileged")]
    [InlineData("/proc/sys/user/max_user_namespaces=96365", null)]
    public void Each_setting_is_named_with_the_command_that_allows_it(string setting, string? command)
    {
        var (file, value) = (setting.Split('=')[0], setting.Split('=')[1]);

        var found = SandboxObstacle.Find(path => path == file ? value : null, isRoot: false);

        Assert.Equal(command is null, found is null);
        Assert.Contains(command ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/sys/user/max_user_namespaces=0")]
    [InlineData("/proc/sys/kernel/unprivileged_userns_clone=0")]
    [InlineData("/proc/sys/kernel/apparmor_restrict_unprivileged_userns=1")]
    public void Root_is_not_told_of_what_does_not_concern_root(string setting) =>
        Assert.Null(SandboxObstacle.Find(path => path == setting.Split('=')[0] ? setting.Split('=')[1] : null, isRoot: true));
}
